import { LRUCache } from 'lru-cache';
import { authenticationErrors } from './authentication.contract.js';

/** What a gateway asks of whoever comes. */
export interface ValidationQuestion {
  readonly audience: string;
  /** The permissions, all of which are needed. */
  readonly permissions: readonly string[];
  readonly role: string | null;
  /** How old the user's last proof may be, in seconds, or null for any age. */
  readonly maxAuthAge: number | null;
}

const PARAMETERS = ['audience', 'scope', 'permission', 'role', 'max_auth_age'] as const;
type Parameter = (typeof PARAMETERS)[number];

/** RFC 6749 §3.3 `scope`: names of printable ASCII without `"` and `\`, one space between them. */
const NAMES = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;
const ROLE = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;
const SECONDS = /^(?:0|[1-9]\d{0,8})$/;
const MAX_LENGTH = 4_000;

/**
 * Reads the query of `/auth/validate`. Whatever is not exactly a question refuses everybody: a parameter that was spelled
 * wrong, or that a client has added beside the gateway's, must not make it an easier one.
 */
export class ValidationQuestions {
  /** Gateways ask the same few questions all day. */
  private readonly known = new LRUCache<string, ValidationQuestion>({ max: 500 });
  private readonly plain: ValidationQuestion;

  constructor(private readonly ownAudience: string) {
    this.plain = { audience: ownAudience, permissions: [], role: null, maxAuthAge: null };
  }

  /** Of the URL of a request, as it came. Throws GATEWAY_QUESTION_INVALID. */
  ofUrl(url: string): ValidationQuestion {
    const mark = url.indexOf('?');
    if (mark === -1) return this.plain;
    const query = url.slice(mark + 1);
    const known = this.known.get(query);
    if (known) return known;
    const question = this.read(query);
    this.known.set(query, question);
    return question;
  }

  private read(query: string): ValidationQuestion {
    if (query.length > MAX_LENGTH) throw authenticationErrors.GATEWAY_QUESTION_INVALID();
    const given = parametersIn(query);
    if (given.get('audience') === '') throw invalid('audience');
    const maxAuthAge = valueIn(given, 'max_auth_age', SECONDS);
    return {
      audience: given.get('audience') ?? this.ownAudience,
      permissions: [...new Set([...namesIn(given, 'scope'), ...namesIn(given, 'permission')])],
      role: valueIn(given, 'role', ROLE),
      maxAuthAge: maxAuthAge === null ? null : Number(maxAuthAge),
    };
  }
}

function parametersIn(query: string): ReadonlyMap<Parameter, string> {
  const given = new Map<Parameter, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!isParameter(name)) {
      throw authenticationErrors.GATEWAY_QUESTION_INVALID({ details: { known: PARAMETERS } });
    }
    if (given.has(name)) throw invalid(name);
    given.set(name, value);
  }
  return given;
}

function valueIn(given: ReadonlyMap<Parameter, string>, name: Parameter, shape: RegExp): string | null {
  const value = given.get(name);
  if (value !== undefined && !shape.test(value)) throw invalid(name);
  return value ?? null;
}

function isParameter(name: string): name is Parameter {
  return PARAMETERS.some((each) => each === name);
}

function namesIn(given: ReadonlyMap<Parameter, string>, name: Parameter): string[] {
  return valueIn(given, name, NAMES)?.split(' ') ?? [];
}

function invalid(parameter: Parameter): Error {
  return authenticationErrors.GATEWAY_QUESTION_INVALID({ details: { parameter } });
}
