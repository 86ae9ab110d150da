import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Keyring } from './keyring.js';

/** The SHA-256 of a random secret of 112 bits or more, for storing and finding it (ASVS 6.5.2). */
export function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** The same in 64 lower-case hexadecimal digits. */
export function sha256Hex(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/**
 * HMAC-SHA256 in base64url of a value that could be guessed (an address, a code), so that a copied database
 * does not give it away. Equal values have equal fingerprints only under one root key: write with the current
 * key, and look up under each of `keyring.keyIds` while rows of an older key are alive. The fingerprint does
 * not carry the key's id. Throws UnknownKeyError.
 */
export function keyedFingerprint(
  keyring: Keyring,
  purpose: string,
  value: string,
  keyId: string = keyring.current,
): string {
  // Its own purpose space: a key that makes fingerprints never encrypts.
  const { key } = keyring.derive(`fingerprint: ${purpose}`, keyId);
  return createHmac('sha256', key).update(value, 'utf8').digest('base64url');
}

/** Whether two byte strings are equal, in a time that depends on their lengths only (ASVS 11.2.4). */
export function equalConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
