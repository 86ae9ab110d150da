import { sha256Hex } from '../../../../platform/crypto/fingerprint.js';
import { randomToken } from '../../../../platform/crypto/random.js';

const BYTES = 16;
const DIGITS = /^[0-9a-f]{32}$/;

/** 128 random bits as people copy them from paper: eight groups of four hexadecimal digits. */
export function newRecoveryCode(): string {
  const digits = Buffer.from(randomToken(BYTES), 'base64url').toString('hex');
  return (digits.match(/.{4}/g) ?? []).join('-');
}

/**
 * What is kept of a code and looked for, or null for what cannot be one. Upper case is forgiven, and what stands between
 * the groups; and O and I or L, which are no digits, for 0 and 1.
 */
export function recoveryCodeHash(code: string): string | null {
  const digits = code
    .toLowerCase()
    .replaceAll(/[\s\p{P}]/gu, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1');
  return DIGITS.test(digits) ? sha256Hex(digits) : null;
}
