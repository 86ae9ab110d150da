import { randomBytes, randomInt } from 'node:crypto';

/** A new opaque secret of `bytes` random bytes, in base64url. The default is 256 bits (ASVS 11.5.1). */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** `count` random decimal digits, each as likely as any other; leading zeros are kept. */
export function randomDigits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('');
}
