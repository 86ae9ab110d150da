import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { argon2id, hash } from 'argon2';
import { parseArgon2 } from './argon2-phc.js';
import type { PasswordCheck } from './derived-key-hash.js';
import { EvenPace } from './even-pace.js';
import { readHash } from './foreign-hash.js';
import { HashQueue } from './hash-queue.js';

/** The cost of one hash; `config.passwordHash`. */
export interface PasswordHashSettings {
  readonly memoryKib: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly queueLimit: number;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Argon2id (RFC 9106) behind a queue of one hash per core. Every method that hashes throws SERVER_BUSY when
 * the queue is full. Passwords are hashed in NFKC, so that the same keys pressed on another device match
 * (NIST SP 800-63B §3.1.1.2). Hashes of other systems (`isImportableHash`) are verified as well, and are to be
 * replaced at the first sign-in.
 */
export class PasswordHasher {
  readonly #settings: PasswordHashSettings;
  readonly #queue: HashQueue;
  readonly #pace = new EvenPace();
  readonly #dummy: string;

  constructor(settings: PasswordHashSettings) {
    this.#settings = settings;
    this.#queue = new HashQueue(settings);
    this.#dummy = dummyPhc(settings);
  }

  /** A PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, in the order the C reference reads. */
  async hash(password: string): Promise<string> {
    const { memoryKib: memoryCost, timeCost, parallelism } = this.#settings;
    const costs = { memoryCost, timeCost, parallelism, hashLength: HASH_BYTES };
    return this.#queue.run(() => hash(normalise(password), { type: argon2id, ...costs }));
  }

  /**
   * Whether `password` is the one that was hashed. A malformed or unreasonably costly hash matches nothing.
   *
   * @timing The same for every kind of hash and for none, right or wrong, within the bounds of EvenPace.
   */
  async verify(text: string, password: string): Promise<boolean> {
    const check = readHash(text);
    const isTodays = check === null || !this.needsRehash(text);
    // Other systems hashed what was typed, as it was.
    const forms = [...new Set([normalise(password), password])];
    // All in one place of the queue: SERVER_BUSY must not come between a guess and its judgement, because a busy
    // server counts no failure.
    const { matched, tookMs } = await this.#queue.run(
      async () => await measure(() => matchesAny(forms, check ?? readHash(this.#dummy))),
    );
    const done = { tookMs: tookMs / forms.length, nowMs: performance.now(), isTodays };
    const waitMs = this.#pace.paceAfter(done) * forms.length - tookMs;
    if (waitMs > 0) await sleep(waitMs);
    return matched;
  }

  /** Spends the work of `verify` for a user who does not exist, so that time does not tell. Always false. */
  async verifyDummy(password: string): Promise<boolean> {
    await this.verify(this.#dummy, password);
    return false;
  }

  /** Whether the hash is another than one of today's costs, and should be replaced at the next login. */
  needsRehash(text: string): boolean {
    const { memoryKib, timeCost, parallelism } = this.#settings;
    const phc = parseArgon2(text);
    return (
      phc?.type !== 'argon2id' ||
      phc.memoryKib !== memoryKib ||
      phc.timeCost !== timeCost ||
      phc.parallelism !== parallelism ||
      phc.salt.length < SALT_BYTES ||
      phc.digest.length < HASH_BYTES
    );
  }
}

async function matchesAny(forms: readonly string[], check: PasswordCheck | null): Promise<boolean> {
  for (const form of forms) {
    if (await check?.(form)) return true;
  }
  return false;
}

async function measure(work: () => Promise<boolean>): Promise<{ matched: boolean; tookMs: number }> {
  const startedAt = performance.now();
  const matched = await work();
  return { matched, tookMs: performance.now() - startedAt };
}

function normalise(password: string): string {
  return password.normalize('NFKC');
}

// No hash is computed for it: verifying against random bytes costs the same and never matches.
function dummyPhc({ memoryKib, timeCost, parallelism }: PasswordHashSettings): string {
  const [salt, digest] = [SALT_BYTES, HASH_BYTES].map((size) =>
    randomBytes(size).toString('base64').replaceAll('=', ''),
  );
  return `$argon2id$v=19$m=${memoryKib},t=${timeCost},p=${parallelism}$${salt}$${digest}`;
}
