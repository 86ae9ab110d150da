import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring } from './keyring.js';

/** What a sealed value is for and where it lives; it opens only under the same four. */
export interface SealContext {
  /** Chooses the key: `totp secret`, `signing key`. */
  readonly purpose: string;
  readonly table: string;
  /** The id of the row. */
  readonly row: string;
  readonly column: string;
}

/** A sealed value did not open: tampered with, cut, moved to another row, or sealed under a key we do not have. */
export class DecryptionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DecryptionError';
  }
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([0-9a-f]{8})\.([\w-]{16})\.([\w-]*)\.([\w-]{22})$/;

/**
 * AES-256-GCM envelopes `v1.<key id>.<iv>.<ciphertext>.<tag>` (base64url parts). The associated data binds the
 * key id, table, row and column, so a value copied elsewhere does not open (ASVS 11.3.3).
 */
export class Encryption {
  readonly #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** Seals `plaintext` under the current key. Two seals of the same text differ. */
  seal(plaintext: string | Uint8Array, context: SealContext): string {
    const { keyId, key } = this.#keyring.derive(context.purpose);
    // Random 96-bit nonces are safe for 2^32 values under one key (NIST SP 800-38D §8.3); each purpose has its own.
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(keyId, context));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return ['v1', keyId, ...parts].join('.');
  }

  /** The sealed text. Throws DecryptionError, also when what was sealed is no UTF-8 text. */
  open(sealed: string, context: SealContext): string {
    const plaintext = this.openBytes(sealed, context);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
    } catch {
      throw new DecryptionError('The sealed value is not text.');
    }
  }

  /** The sealed bytes. Throws DecryptionError. */
  openBytes(sealed: string, context: SealContext): Buffer {
    const { keyId, iv, ciphertext, tag } = parse(sealed);
    const key = this.#keyFor(context.purpose, keyId);
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(keyId, context));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch (cause) {
      throw new DecryptionError('The sealed value was changed or belongs elsewhere.', { cause });
    }
  }

  /** Whether the value should be sealed anew because the current key is another, or it is no sealed value. */
  needsReseal(sealed: string): boolean {
    return SEALED.exec(sealed)?.[1] !== this.#keyring.current;
  }

  #keyFor(purpose: string, keyId: string): Buffer {
    try {
      return this.#keyring.derive(purpose, keyId).key;
    } catch (cause) {
      throw new DecryptionError(`The value was sealed under the key ${keyId}, which is not configured.`, {
        cause,
      });
    }
  }
}

function parse(sealed: string): { keyId: string; iv: Buffer; ciphertext: Buffer; tag: Buffer } {
  const [, keyId = '', ...texts] = SEALED.exec(sealed) ?? [];
  const [iv, ciphertext, tag] = texts.map((text) => Buffer.from(text, 'base64url'));
  if (!iv || !ciphertext || !tag) throw new DecryptionError('This is not a sealed value.');
  // Base64 leaves bits unused at the end; one value has one spelling.
  const canonical = [iv, ciphertext, tag].every((part, index) => part.toString('base64url') === texts[index]);
  if (!canonical) throw new DecryptionError('This is not a sealed value.');
  return { keyId, iv, ciphertext, tag };
}

// JSON keeps the parts apart: table `ab` + row `c` is not table `a` + row `bc`.
function associatedData(keyId: string, { purpose, table, row, column }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['v1', keyId, purpose, table, row, column]), 'utf8');
}
