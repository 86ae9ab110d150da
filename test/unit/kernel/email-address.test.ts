import { expect, test } from 'vitest';
import { parseEmailAddress } from '../../../src/kernel/email-address.js';

test.each([
  ['  Ada@Example.COM ', 'ada@example.com'],
  ['ada＠example.com', 'ada@example.com'],
  ['ada@invalid.example', 'ada@invalid.example'],
  ['ada+invalid@example.com', 'ada+invalid@example.com'],
])('%j has the one form %j', (input, form) => {
  expect(parseEmailAddress(input)).toBe(form);
});

test.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'a b@example.com',
  'ada@example.com\nbcc: eve@example.com',
  `${'a'.repeat(250)}@example.com`,
  'x'.repeat(100_000),
])('%j is no address', (input) => {
  expect(() => parseEmailAddress(input)).toThrow('not an e-mail address');
});

test.each(['x@deleted.invalid', 'X@DELETED.INVALID', 'x@a.b.invalid', 'x@deleted.ｉnvalid'])(
  '%j is where deleted accounts lie, and nobody’s address',
  (input) => {
    expect(() => parseEmailAddress(input)).toThrow('not an e-mail address');
  },
);
