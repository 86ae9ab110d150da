import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  newTotpSecret,
  otpauthUri,
  stepOfCode,
} from '../../../../src/features/mfa/factors/totp/totp-secret.js';
import { base32Of, codeOfStep, stepAt, totpCode } from '../../../support/totp.js';

/** From the first step to the year 2100, in milliseconds. */
const LATEST = 4_102_444_800_000;
const SAMPLES = Array.from({ length: 50 }, () => {
  const moment = new Date(60_000 + randomInt(1_000_000) * Math.floor(LATEST / 1_000_000));
  return { secret: base32Of(randomBytes(20)), moment };
});

describe('an implementation of its own', () => {
  // RFC 6238 appendix B, the last six of the eight digits.
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('agrees with the test vectors of the RFC at %i seconds', (seconds, code) => {
    const secret = base32Of(Buffer.from('12345678901234567890'));
    expect(totpCode(secret, new Date(seconds * 1000))).toBe(code);
  });

  test.each(SAMPLES)('agrees on $secret at $moment, and on the step', ({ secret, moment }) => {
    expect(stepOfCode(secret, totpCode(secret, moment), moment)).toBe(stepAt(moment));
  });
});

describe('a code', () => {
  test('is taken in its own step, the one before and the one after, and in no other', () => {
    for (const { secret, moment } of SAMPLES) {
      const step = stepAt(moment);
      const near = [-1, 0, 1].map((shift) => codeOfStep(secret, step + shift));
      for (const shift of [-4, -3, -2, -1, 0, 1, 2, 3, 4]) {
        const code = codeOfStep(secret, step + shift);
        // Two steps of a million codes are alike now and then.
        const expected = near.includes(code) ? step + near.indexOf(code) - 1 : null;
        expect(stepOfCode(secret, code, moment), `${shift} steps away`).toBe(expected);
      }
    }
  });

  test('is taken for as long as its step and its neighbours last, to the millisecond', () => {
    const secret = newTotpSecret();
    const step = 60_000_000;
    const code = codeOfStep(secret, step);
    const at = (moment: number) => stepOfCode(secret, code, new Date(moment));
    const [begin, end] = [(step - 1) * 30_000, (step + 2) * 30_000];
    expect([at(begin - 1), at(begin), at(end - 1), at(end)]).toEqual([null, step, step, null]);
  });

  test('is forgiven spaces, and nothing else', () => {
    const [secret, moment] = [newTotpSecret(), new Date()];
    const code = totpCode(secret, moment);
    const shown = `${code.slice(0, 3)} ${code.slice(3)}`;
    expect(stepOfCode(secret, ` ${shown}\t`, moment)).toBe(stepAt(moment));
    const arabic = [...code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join('');
    for (const wrong of [
      '',
      code.slice(1),
      `${code}0`,
      `0${code}`,
      `${code}.`,
      `+${code}`,
      arabic,
      '1e5',
      'abcdef',
    ]) {
      expect(stepOfCode(secret, wrong, moment), wrong).toBeNull();
    }
  });
});

describe('a new secret', () => {
  test('has 160 bits, and no two are alike', () => {
    const secrets = Array.from({ length: 200 }, newTotpSecret);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(new Set(secrets).size).toBe(200);
  });

  test('is told to apps with the issuer and the account, whatever characters they have', () => {
    const secret = newTotpSecret();
    const uri = new URL(otpauthUri('Käse & Söhne: Shop', 'a+b@example.com', secret));
    expect([uri.protocol, uri.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(uri.pathname)).toBe('/Käse & Söhne: Shop:a+b@example.com');
    expect(uri.searchParams.get('secret')).toBe(secret);
    expect(uri.searchParams.get('issuer')).toBe('Käse & Söhne: Shop');
  });
});
