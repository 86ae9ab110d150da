import { randomBytes } from 'node:crypto';
import { argon2id, hash, verify } from 'argon2';
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
 * the queue is full. Passwords are compared in NFKC, so that the same keys pressed on another device match
 * (NIST SP 800-63B §3.1.1.2).
 */
export class PasswordHasher {
  readonly #settings: PasswordHashSettings;
  readonly #queue: HashQueue;
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

  /** Whether `password` is the one that was hashed. A malformed or unreasonably costly hash matches nothing. */
  async verify(phc: string, password: string): Promise<boolean> {
    if (!parsePhc(phc)) return false;
    return this.#queue.run(() => verify(phc, normalise(password)));
  }

  /** Spends the work of `verify` for a user who does not exist, so that time does not tell. Always false. */
  async verifyDummy(password: string): Promise<boolean> {
    await this.verify(this.#dummy, password);
    return false;
  }

  /** Whether the hash was made with other costs than today's and should be replaced at the next login. */
  needsRehash(phc: string): boolean {
    const { memoryKib, timeCost, parallelism } = this.#settings;
    const costs = parsePhc(phc);
    return costs?.m !== memoryKib || costs.t !== timeCost || costs.p !== parallelism;
  }
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

const PHC =
  /^\$argon2id\$v=19\$([mtp]=\d{1,8}(?:,[mtp]=\d{1,8}){2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;

// Some libraries write `m,p,t`; imported hashes of theirs are read, ours are always written `m,t,p`.
function parsePhc(phc: string): { m: number; t: number; p: number } | null {
  const [, text = '', salt = '', digest = ''] = PHC.exec(phc) ?? [];
  const costs = new Map(text.split(',').map((part) => [part.slice(0, 1), Number(part.slice(2))]));
  const [m = 0, t = 0, p = 0] = ['m', 't', 'p'].map((name) => costs.get(name) ?? 0);
  return isReasonable(m, t, p) && isBase64(salt) && isBase64(digest) ? { m, t, p } : null;
}

// A row with absurd costs must not be able to exhaust the machine.
function isReasonable(m: number, t: number, p: number): boolean {
  return p >= 1 && p <= 16 && t >= 1 && t <= 20 && m >= 8 * p && m <= 1_048_576;
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64').replaceAll('=', '') === text;
}
