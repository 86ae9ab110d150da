import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  newRecoveryCode,
  recoveryCodeHash,
} from '../../../../src/features/mfa/factors/recovery-code/recovery-code-text.js';

test('a code has 128 random bits in groups that can be read', () => {
  const codes = Array.from({ length: 1000 }, newRecoveryCode);
  for (const code of codes) expect(code).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){7}$/);
  expect(new Set(codes).size).toBe(1000);
  // Each of the 128 bits is set about half of the time: seven standard deviations.
  const bits = codes.map((code) => BigInt(`0x${code.replaceAll('-', '')}`));
  for (let bit = 0n; bit < 128n; bit += 1n) {
    const ones = bits.filter((value) => (value >> bit) & 1n).length;
    expect(Math.abs(ones - 500), `bit ${bit}`).toBeLessThan(111);
  }
});

test('what is kept of it is its SHA-256, however its groups are written', () => {
  const code = newRecoveryCode();
  const digits = code.replaceAll('-', '');
  const hash = createHash('sha256').update(digits).digest('hex');
  const spellings = [
    code,
    digits,
    code.toUpperCase(),
    code.replaceAll('-', ' '),
    code.replaceAll('-', '–'),
    ` ${code.replaceAll('-', '.')}\n`,
    digits.replaceAll('0', 'O').replaceAll('1', 'l'),
    digits.replaceAll('0', 'o').replaceAll('1', 'I'),
  ];
  for (const spelling of spellings) expect(recoveryCodeHash(spelling), spelling).toBe(hash);
});

test('what cannot be one is not even looked for', () => {
  const code = newRecoveryCode();
  for (const wrong of [
    '',
    '-',
    code.slice(1),
    `${code}0`,
    code.replace(/.$/, 'g'),
    '123456',
    'x'.repeat(200),
  ]) {
    expect(recoveryCodeHash(wrong), wrong).toBeNull();
  }
});
