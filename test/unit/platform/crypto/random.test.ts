import { expect, test } from 'vitest';
import { randomDigits, randomToken } from '../../../../src/platform/crypto/random.js';

test('a token is 256 random bits in base64url unless told otherwise, and never comes twice', () => {
  expect(randomToken()).toMatch(/^[\w-]{43}$/);
  expect(randomToken(16)).toMatch(/^[\w-]{22}$/);
  expect(new Set(Array.from({ length: 1000 }, () => randomToken())).size).toBe(1000);
});

test('digits keep leading zeros, and each is as frequent as any other', () => {
  expect(randomDigits(6)).toMatch(/^\d{6}$/);
  const counts = new Map<string, number>();
  for (const digit of randomDigits(20_000)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  expect([...counts.keys()].toSorted().join('')).toBe('0123456789');
  // 2,000 of each are expected; ten standard deviations away is no accident.
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(425);
});
