import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TextLine, textLines } from '../../../src/app/text-lines.js';

async function linesOf(chunks: readonly (Buffer | string)[], maxBytes = 100): Promise<TextLine[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const lines: TextLine[] = [];
  for await (const line of textLines(source(), maxBytes)) lines.push(line);
  return lines;
}

test('lines keep their numbers though empty ones are left out, and the last needs no end', async () => {
  expect(await linesOf(['a\n\n \r\nb\r\nc'])).toEqual([
    { number: 1, text: 'a' },
    { number: 4, text: 'b\r' },
    { number: 5, text: 'c' },
  ]);
});

test('a line that is too long is named and forgotten, and those after it are read', async () => {
  expect(await linesOf(['x'.repeat(60), 'x'.repeat(60), `\n${'y'.repeat(100)}\nz`])).toEqual([
    { number: 1, fault: 'LINE_TOO_LONG' },
    { number: 2, text: 'y'.repeat(100) },
    { number: 3, text: 'z' },
  ]);
});

test('bytes that are no UTF-8 are named, not guessed at; a byte order mark is no text', async () => {
  const latin = Buffer.from('J\u00fcrgen\n', 'latin1');
  expect(await linesOf([latin, '\ufeffok\n'])).toEqual([
    { number: 1, fault: 'TEXT_UNREADABLE' },
    { number: 2, text: 'ok' },
  ]);
});

test('it makes no difference where the stream is cut', async () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(200), { maxLength: 6 }), async (lines, cuts) => {
      const bytes = Buffer.from(lines.join('\n'));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(await linesOf(chunks)).toEqual(await linesOf([bytes]));
    }),
  );
});
