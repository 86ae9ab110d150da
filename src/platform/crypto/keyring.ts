import { createHash, hkdfSync } from 'node:crypto';
import type { Secret } from '../../kernel/secret.js';

/** A key for one purpose, and the id of the root key it came from. */
export interface DerivedKey {
  readonly keyId: string;
  /** 32 bytes. Shared by everyone who asks: read, never written. */
  readonly key: Buffer;
}

/** Something names a root key that is not configured. */
export class UnknownKeyError extends Error {
  constructor(keyId: string) {
    super(
      `The encryption key ${keyId} is not configured: add it to AUTH_ENCRYPTION_OLD_KEYS (or restore AUTH_ENCRYPTION_KEY).`,
    );
    this.name = 'UnknownKeyError';
  }
}

/**
 * The root keys. None is ever used itself: each purpose gets its own key by HKDF-SHA256 (RFC 5869), so that
 * what was made for one purpose means nothing to another.
 */
export class Keyring {
  /** The id of the root key that new values are made under. */
  readonly current: string;
  /** All ids, the current one first. */
  readonly keyIds: readonly string[];
  readonly #roots: ReadonlyMap<string, Secret>;
  readonly #derived = new Map<string, DerivedKey>();

  private constructor(current: Secret, old: readonly Secret[]) {
    this.#roots = rootsById([current, ...old]);
    this.current = keyIdOf(current);
    this.keyIds = [...this.#roots.keys()];
  }

  /** The keyring of `config.keys`. Throws when two different keys share an id. */
  static fromConfig(keys: {
    readonly encryption: Secret;
    readonly oldEncryption: readonly Secret[];
  }): Keyring {
    return new Keyring(keys.encryption, keys.oldEncryption);
  }

  /** The key for `purpose` under a root key, by default the current one. Throws UnknownKeyError. */
  derive(purpose: string, keyId: string = this.current): DerivedKey {
    const cacheKey = `${keyId} ${purpose}`;
    const cached = this.#derived.get(cacheKey);
    if (cached) return cached;

    const root = this.#roots.get(keyId);
    if (!root) throw new UnknownKeyError(keyId);
    const bytes = hkdfSync('sha256', root.reveal(), 'latchkey keyring v1', purpose, 32);
    const derived = { keyId, key: Buffer.from(bytes) };
    this.#derived.set(cacheKey, derived);
    return derived;
  }
}

function rootsById(roots: readonly Secret[]): Map<string, Secret> {
  const byId = new Map<string, Secret>();
  for (const root of roots) {
    const id = keyIdOf(root);
    const taken = byId.get(id);
    if (taken && taken.reveal() !== root.reveal()) {
      throw new Error(`Two encryption keys share the id ${id}: replace the newer one.`);
    }
    if (!taken) byId.set(id, root);
  }
  return byId;
}

// The label keeps the id from being a prefix of some other hash of the key. Thirty-two bits of a hash tell
// nothing about a key of 128 bits and more.
function keyIdOf(root: Secret): string {
  return createHash('sha256').update('latchkey key id v1\0').update(root.reveal()).digest('hex').slice(0, 8);
}
