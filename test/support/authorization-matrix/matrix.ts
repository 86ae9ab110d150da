import type { GraphQLSchema } from 'graphql';
import { Client } from '../client.js';
import { RawSocket } from '../raw-socket.js';
import { type Cast, holderOf, type Principal } from './principals.js';
import { fieldOf, guardedNames, paths, type Question, Questions } from './questions.js';
import { fits, permissionsIn, type Verdict, verdictOf } from './who.js';

/** What says that the field was never asked for: such a cell proves nothing. */
const NEVER_ASKED = /^(?:BAD_USER_INPUT|GRAPHQL_[A-Z_]+|BAD_REQUEST|DOCUMENT_[A-Z_]+)$/;
/** What a guard refuses with; every other answer comes from behind it. */
const GUARDS: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'STEP_UP_REQUIRED',
  'CREDENTIAL_INVALID',
  'SESSION_EXPIRED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'API_KEY_INVALID',
  'CLIENT_INVALID',
  'CSRF_REFUSED',
]);

/** Asked last, in this order: they end what others need. */
const LAST = [
  'rotateApiKey',
  'revokeApiKey',
  'revokeTrustedDevice',
  'removeSecondFactor',
  'regenerateRecoveryCodes',
  'revokeOtherSessions',
  'logout',
];

/** After these, there is another session to ask about. */
const ENDS_SESSIONS = /^Mutation\.revoke(?:Session|EverythingFrom)$/;

/** What the matrix is about: a table, and the schema that it has to fit. */
export interface Matrix {
  readonly schema: GraphQLSchema;
  readonly expectations: Readonly<Record<string, string>>;
}

/** Fields without a row, and rows without a field, by name. */
export function uncovered({ schema, expectations }: Matrix): string[] {
  const fields = guardedNames(schema);
  const rows = Object.keys(expectations);
  return [
    ...fields.filter((name) => !rows.includes(name)).map((name) => `${name} has no row`),
    ...rows.filter((row) => !fields.includes(fieldOf(row))).map((row) => `${row} has no field`),
  ];
}

/** Asks for every row as everybody. */
export class MatrixRun {
  /** How many cells were asked. */
  cells = 0;
  /** `row × principal: what was promised, what came`: cells that are not as promised. */
  readonly findings: string[] = [];
  private readonly questions: Questions;

  constructor(
    private readonly cast: Cast,
    private readonly matrix: Matrix,
  ) {
    this.questions = new Questions(matrix.schema, cast.things);
  }

  async run(): Promise<void> {
    const rows = Object.entries(this.matrix.expectations).toSorted(([a], [b]) => turnOf(a) - turnOf(b));
    const holders = await this.holders(rows);
    for (const [row, expectation] of rows) {
      const special = holders.filter(({ rows: theirs }) => theirs.has(row)).map(({ principal }) => principal);
      for (const principal of [
        ...this.cast.principals.slice(0, -1),
        ...special,
        ...this.cast.principals.slice(-1),
      ]) {
        await this.judge(row, expectation, principal);
      }
    }
  }

  /** For each permission somebody who holds it alone, and somebody who holds all others: with the rows that ask for it. */
  private async holders(rows: readonly (readonly [string, string])[]) {
    const alone = new Map<string, Set<string>>();
    const lacking = new Map<string, Set<string>>();
    for (const [row, expectation] of rows) {
      for (const permissions of permissionsIn(expectation)) {
        const held = [...new Set([...permissions, ...pathOf(row)])].toSorted().join(' ');
        entryOf(alone, held).add(row);
        for (const each of permissions) entryOf(lacking, each).add(row);
      }
    }
    const holders: { principal: Principal; rows: ReadonlySet<string> }[] = [];
    for (const [held, theirs] of alone) {
      const principal = await holderOf(this.cast, `holder of ${held} alone`, held.split(' '));
      holders.push({ principal, rows: theirs });
    }
    for (const [lacked, theirs] of lacking) {
      const held = [...this.cast.registry].filter((each) => each !== lacked);
      holders.push({
        principal: await holderOf(this.cast, `holder of all but ${lacked}`, held),
        rows: theirs,
      });
    }
    return holders;
  }

  private async judge(row: string, expectation: string, principal: Principal): Promise<void> {
    this.cells += 1;
    const expected = this.expected(row, expectation, principal);
    const question = await this.questions.of(row, principal.owns);
    const code = await this.ask(principal, question);
    const got = meaningOf(code, expectation);
    if (got === 'passed' && ENDS_SESSIONS.test(row)) this.cast.things.renew();
    if (fits(expected, got)) return;
    const came = got === 'passed' && code !== undefined ? `passed (${code})` : got;
    this.findings.push(`${row} × ${principal.name}: ${expected} was promised, ${came} came`);
  }

  /** Strangers need to reach the object first. */
  private expected(row: string, expectation: string, principal: Principal): Verdict {
    const path = principal.owns && ownWay(row) ? [] : pathOf(row);
    const reached = path.length === 0 ? 'passed' : verdictOf(principal, path.join(' & '));
    return reached === 'passed' ? verdictOf(principal, expectation) : reached;
  }

  private async ask(principal: Principal, question: Question): Promise<string | undefined> {
    return question.kind === 'subscription'
      ? await this.listen(principal, question)
      : await this.send(principal, question);
  }

  private async send(
    { authorization }: Principal,
    { query, variables }: Question,
  ): Promise<string | undefined> {
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const answer = await new Client(this.cast.app.url).send(query, variables, headers);
    return answer.status >= 500 && answer.status !== 503 ? 'INTERNAL' : answer.code;
  }

  /** A credential that is not accepted gets no socket: that is its refusal. */
  private async listen(principal: Principal, { query, variables }: Question): Promise<string | undefined> {
    const { authorization, deadBy } = principal;
    const raw = await RawSocket.connect(this.cast.app.url);
    raw.send({ type: 'connection_init', payload: authorization === null ? {} : { authorization } });
    const acknowledged = await Promise.race([
      raw.next(({ type }) => type === 'connection_ack').then(() => true),
      raw.closed.then(({ code }) => code),
    ]).catch(async () => (await raw.closed).code);
    if (acknowledged !== true) return acknowledged === 4401 ? deadBy : String(acknowledged);
    const { code } = await raw.operate(query, { variables });
    raw.close();
    return code as string | undefined;
  }
}

/** Whether a code is a refusal of the guard. What is somebody's own is not there for anybody else. */
function meaningOf(code: string | undefined, expectation: string): string {
  if (code === undefined) return 'passed';
  const hides = /owner|keyholder/.test(expectation) && code.endsWith('NOT_FOUND');
  return hides || GUARDS.has(code) || NEVER_ASKED.test(code) || code === 'INTERNAL' ? code : 'passed';
}

function pathOf(row: string): readonly string[] {
  const [type = ''] = row.split('.');
  return paths[type]?.by ?? [];
}

/** Whether the owner of such a thing reaches it without any permission. */
function ownWay(row: string): boolean {
  const [type = ''] = row.split('.');
  return paths[type]?.own !== undefined;
}

function entryOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const entry = map.get(key) ?? new Set();
  map.set(key, entry);
  return entry;
}

/** Where a row comes in the order of asking. */
function turnOf(row: string): number {
  return LAST.indexOf(fieldOf(row).split('.')[1] ?? '');
}
