import { sha256Hex } from '../../platform/crypto/fingerprint.js';
import { randomToken } from '../../platform/crypto/random.js';

/** Lets secret scanners recognise a leaked secret. */
const PREFIX = 'lks_';
const SHAPE = /^lks_[A-Za-z0-9_-]{43}$/;

/** A new client secret of 256 random bits. */
export function newClientSecretText(): string {
  return PREFIX + randomToken(32);
}

/** Whether it can be a client secret of ours at all: nothing else is looked up. */
export function isClientSecretText(text: string): boolean {
  return SHAPE.test(text);
}

/** What is stored of it. */
export function clientSecretHash(text: string): string {
  return sha256Hex(text);
}
