import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import { signValue, verifyValue } from '../../../../src/platform/crypto/signed-value.js';

const secret = new Secret('kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG');
const other = new Secret('aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH');
const now = new Date('2027-01-01T00:00:00.000Z');
const expiresAt = new Date(now.getTime() + 1000);
const purpose = 'session cookie';
const signing = { secret, purpose, expiresAt };
const verification = { secrets: [secret], purpose, now };

test('a signed payload comes back unchanged', () => {
  const json = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), json), (payload) => {
      fc.pre(typeof payload === 'string' || !Object.hasOwn(payload, '__proto__'));
      fc.pre(JSON.stringify(payload).length < 1500);
      expect(verifyValue(signValue(payload, signing), verification)).toEqual(payload);
    }),
  );
});

test('a signed value fits a cookie: base64url, one dot', () => {
  expect(signValue({ session: 'x' }, signing)).toMatch(/^[\w-]+\.[\w-]{43}$/);
});

test('no character of a signed value can be changed', () => {
  const value = signValue({ session: 'x' }, signing);
  const accepted = Array.from(value, (character, index) => {
    const changed = [1, 2, 4, 8, 16, 32].map((bit) => String.fromCharCode(character.charCodeAt(0) ^ bit));
    return changed.map((letter) => value.slice(0, index) + letter + value.slice(index + 1));
  })
    .flat()
    .filter((text) => verifyValue(text, verification) !== null);
  expect(accepted).toEqual([]);
});

test('a value of one purpose or secret is nothing for another', () => {
  const value = signValue('x', signing);
  expect(verifyValue(value, { ...verification, purpose: 'login attempt' })).toBeNull();
  expect(verifyValue(value, { ...verification, secrets: [other] })).toBeNull();
  expect(verifyValue(value, { ...verification, secrets: [] })).toBeNull();
});

test('an old secret is accepted as long as it is listed', () => {
  const value = signValue('x', signing);
  expect(verifyValue(value, { ...verification, secrets: [other, secret] })).toBe('x');
});

test('a value has expired at the very instant it expires', () => {
  const value = signValue('x', signing);
  const at = (offset: number) => ({ ...verification, now: new Date(expiresAt.getTime() + offset) });
  expect(verifyValue(value, at(-1))).toBe('x');
  expect(verifyValue(value, at(0))).toBeNull();
  expect(verifyValue(value, at(1))).toBeNull();
});

test('anything else is null and never an error', () => {
  const value = signValue('x', signing);
  const near = [
    '',
    '.',
    '..',
    value.slice(0, -1),
    `${value}=`,
    `${value}.`,
    `${value}.x`,
    `.${value}`,
    ` ${value}`,
  ];
  for (const text of [...near, 'x'.repeat(10_000_000)]) expect(verifyValue(text, verification)).toBeNull();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(verifyValue(text, verification)).toBeNull();
    }),
  );
});
