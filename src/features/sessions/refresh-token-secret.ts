import { createHmac } from 'node:crypto';
import { sha256Hex } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import { randomToken } from '../../platform/crypto/random.js';

/** Lets secret scanners recognise a leaked token. */
const PREFIX = 'lkr_';
const SHAPE = /^lkr_[A-Za-z0-9_-]{43}$/;
const PURPOSE = 'refresh-token-successor';

/** A new refresh token: 256 random bits, opaque. */
export function newRefreshToken(): string {
  return PREFIX + randomToken(32);
}

/** Whether the text can be a refresh token at all. */
export function isRefreshToken(text: string): boolean {
  return SHAPE.test(text);
}

/** What is stored of a refresh token. */
export function refreshTokenHash(token: string): string {
  return sha256Hex(token);
}

/** A salt for the successor of one token; it names the key that was used. */
export function newSuccessorSalt(keyring: Keyring): string {
  return `${keyring.derive(PURPOSE).keyId}.${randomToken(24)}`;
}

/**
 * The successor of a token: a keyed hash of the token and the salt. Whoever presents the token again within
 * the replay window gets the same successor, although only hashes are stored; without the token, neither the
 * database nor the key is enough to make it.
 */
export function successorOf(keyring: Keyring, token: string, salt: string): string {
  const { key } = keyring.derive(PURPOSE, salt.slice(0, salt.indexOf('.')));
  return PREFIX + createHmac('sha256', key).update(`${salt}.${token}`).digest('base64url');
}
