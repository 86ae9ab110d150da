import { expect, test } from 'vitest';
import { parseLabel } from '../../../src/kernel/label.js';

test.each([
  ['nothing', ''],
  ['space', ' \t\u3000'],
  ['marks that nobody sees', '\u200b\u2060\ufeff'],
  ['a filler that looks like space', '\u3164'],
  ['a line break', 'one\ntwo'],
  ['a line separator', 'one\u2028two'],
  ['a control of the upper half', 'one\u0085two'],
  ['an override of the direction', 'exe.\u202etxt'],
  ['an isolate', 'one\u2067two\u2069'],
  ['more than was allowed', 'x'.repeat(101)],
])('%s is no name', (_what, text) => {
  expect(() => parseLabel('name', text)).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      details: { fields: [{ field: 'name', reasons: [expect.any(String)] }] },
    }),
  );
});

test.each(['Blue key', '👩‍🚀', 'नमस्ते', 'مفتاح', '键'.repeat(100), '🔑'.repeat(100)])('%j is one', (text) => {
  expect(parseLabel('name', ` ${text} `)).toBe(text);
});
