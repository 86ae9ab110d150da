/** A line of a text, without its end, or why it is none. Numbers begin at 1. */
export type TextLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly fault: 'LINE_TOO_LONG' | 'TEXT_UNREADABLE' };

const NEWLINE = 0x0a;

/**
 * The lines of a stream of UTF-8 that are not empty, one at a time. Of a longer one than `maxBytes` nothing is kept,
 * and bytes that are no UTF-8 are not guessed at.
 */
export async function* textLines(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<TextLine> {
  const line = new LineBuffer(maxBytes);
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      const finished = line.finish();
      if (finished) yield finished;
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  const last = line.finish();
  if (last) yield last;
}

/** The beginning of a line whose end has not been read yet. */
class LineBuffer {
  private parts: Buffer[] = [];
  private size = 0;
  private number = 0;

  constructor(private readonly maxBytes: number) {}

  add(part: Buffer): void {
    this.size += part.length;
    if (this.size <= this.maxBytes) this.parts.push(part);
    else this.parts = [];
  }

  /** The line, or null when it is empty. */
  finish(): TextLine | null {
    const { parts, size } = this;
    const number = (this.number += 1);
    this.parts = [];
    this.size = 0;
    if (size > this.maxBytes) return { number, fault: 'LINE_TOO_LONG' };
    const text = decoded(Buffer.concat(parts));
    if (text === null) return { number, fault: 'TEXT_UNREADABLE' };
    return text.trim() === '' ? null : { number, text };
  }
}

function decoded(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
