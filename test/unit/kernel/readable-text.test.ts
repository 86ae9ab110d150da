import { expect, test } from 'vitest';
import { isReadable } from '../../../src/kernel/readable-text.js';

test.each(['a\u0000b', '\u0007', '\u007f', '\ud800', 'x\udc00'])(
  '%j is no text, wherever it stands',
  (text) => {
    for (const value of [text, [text], { a: { b: [text] } }, { [text]: 1 }, { a: { [text]: null } }]) {
      expect(isReadable(value)).toBe(false);
    }
  },
);

test('what people write is text', () => {
  expect(isReadable({ a: ['línea\tuna\r\nzwei', 'नमस्ते', '👩‍🚀'], b: null, c: 1, d: true })).toBe(true);
});
