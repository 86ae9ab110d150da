import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../../kernel/clock.js';
import { AddressPolicy } from '../../../../platform/egress/address-policy.js';
import { EgressError } from '../../../../platform/egress/egress-error.js';
import { createSafeFetch, type SafeFetch } from '../../../../platform/egress/safe-fetch.js';

const TIMEOUT_MS = 2_000;
/** A range of Have I Been Pwned has some 40 KB, padded up to twice as much. */
const MAX_BYTES = 512 * 1024;
const CACHE_MS = 3_600_000;
/** Of all cached ranges together; a character is a byte. */
const CACHE_CHARACTERS = 8 * 1024 * 1024;
/** Characters of the hash that leave; the rest is looked for here. */
const PREFIX_LENGTH = 5;
const LINE = /^(?<suffix>[0-9A-F]{35}):(?<count>\d{1,12})$/i;

interface Deps {
  readonly clock: Clock;
  /** A server that speaks the range API of Have I Been Pwned, without a trailing slash. */
  readonly url: string;
}

/** Suffixes of one prefix, a newline before and behind each. */
interface Range {
  readonly suffixes: string;
  /** Whether every line could be read: only then does absence mean anything. */
  readonly complete: boolean;
}

/**
 * Looks passwords up among leaked ones by k-anonymity: five characters of the SHA-1 leave the server, the same
 * five for one in a million passwords, and the padded answer does not tell by its length which they were.
 */
export class LeakedPasswordsService {
  readonly #url: string;
  readonly #fetch: SafeFetch;
  readonly #ranges: LRUCache<string, Range>;
  readonly #asked = new Map<string, Promise<Range>>();

  constructor({ clock, url }: Deps) {
    this.#url = url.replace(/\/+$/, '');
    this.#fetch = safeFetchTo(new URL(url));
    this.#ranges = new LRUCache({
      ttl: CACHE_MS,
      maxSize: CACHE_CHARACTERS,
      sizeCalculation: ({ suffixes }) => suffixes.length + 1,
      ttlResolution: 0,
      perf: { now: () => clock.now().getTime() },
    });
  }

  /** Whether the password was leaked. Throws EgressError when that cannot be said. */
  async has(password: string): Promise<boolean> {
    const hash = createHash('sha1').update(password.normalize('NFKC')).digest('hex').toUpperCase();
    const { suffixes, complete } = await this.#range(hash.slice(0, PREFIX_LENGTH));
    if (suffixes.includes(`\n${hash.slice(PREFIX_LENGTH)}\n`)) return true;
    if (!complete) throw new EgressError('unreachable', 'The answer is not a range of hashes.');
    return false;
  }

  /** One request for a prefix at a time, whoever asks. */
  async #range(prefix: string): Promise<Range> {
    const cached = this.#ranges.get(prefix);
    if (cached) return cached;
    const asked = this.#asked.get(prefix) ?? this.#ask(prefix).finally(() => this.#asked.delete(prefix));
    this.#asked.set(prefix, asked);
    return await asked;
  }

  async #ask(prefix: string): Promise<Range> {
    const headers = { 'add-padding': 'true', 'user-agent': 'Latchkey', accept: 'text/plain' };
    const answer = await this.#fetch(`${this.#url}/range/${prefix}`, { headers });
    if (answer.status !== 200) throw new EgressError('unreachable', 'The other side refused to answer.');
    const range = parseRange(await answer.text());
    if (range.complete) this.#ranges.set(prefix, range);
    return range;
  }
}

/** The operator named this very host, in development one without TLS or on the loopback interface. */
function safeFetchTo({ hostname, protocol }: URL): SafeFetch {
  return createSafeFetch({
    policy: new AddressPolicy([hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')]),
    allowHttp: protocol === 'http:',
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
}

// Lines with a count of 0 are padding: nobody has used that password.
function parseRange(body: string): Range {
  const lines = body.split(/\r?\n/).filter((line) => line !== '');
  const entries = lines.map((line) => LINE.exec(line)?.groups);
  const leaked = entries.filter((entry) => Number(entry?.['count'] ?? 0) > 0);
  const suffixes = leaked.map((entry) => `${entry?.['suffix']?.toUpperCase()}\n`).join('');
  return { suffixes: `\n${suffixes}`, complete: entries.every((entry) => entry !== undefined) };
}
