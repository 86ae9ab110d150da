import { isSecretName, redact } from '../kernel/redact.js';
import { Secret } from '../kernel/secret.js';

const MAX_DEPTH = 8;
const MAX_CAUSES = 4;

/**
 * A copy of `value` that may be logged: plain data in which secrets read `[redacted]`, errors are described
 * and instances of classes are only named, since what they hold was never meant to be read.
 */
export function describeValue(value: unknown): unknown {
  return redact(plain(value, 0));
}

/** What an error logged without a message of its own is titled with; undefined when `fields` hold no error. */
export function messageOf(fields: unknown): string | undefined {
  if (typeof fields !== 'object' || fields === null || !('err' in fields)) return undefined;
  return fields.err instanceof Error ? withoutSqlValues(fields.err.message) : undefined;
}

/**
 * A finished JSON line without credentials that stood inside a text, and without the control characters that
 * JSON leaves as they are (C1, U+2028): a terminal may act on them.
 */
export function scrubLine(line: string): string {
  return line
    .replaceAll(/(:\/\/[^\s:/@"\\]*):[^\s@"\\/]+@/g, '$1:[redacted]@')
    .replaceAll(/\b(Bearer|Basic|DPoP) +[\w.~+/=-]{8,}/gi, '$1 [redacted]')
    .replaceAll(/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[redacted]')
    .replaceAll(/([\w-]+)=([^&\s"\\]+)/g, (pair, name: string) =>
      isSecretName(name) ? `${name}=[redacted]` : pair,
    )
    .replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escapeCharacter);
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return describeError(value, 0);
  if (value instanceof Secret || value instanceof URL) return String(value);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (depth > 0 && !isPlainObject(value)) return `[${classNameOf(value)}]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, plain(described(name, item), depth + 1)]),
  );
}

// Requests and replies come from Fastify as large objects. The query is left out: links carry tokens in it.
function described(name: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { method, url, ip, statusCode }: Partial<Record<string, unknown>> = { ...item };
  if (name === 'req') return { method, url: typeof url === 'string' ? url.split('?')[0] : undefined, ip };
  if (name === 'res') return { statusCode };
  return item;
}

// Only named fields: libraries hang requests, headers and query parameters on their errors.
function describeError(error: Error, causes: number): Record<string, unknown> {
  const { cause } = error;
  const hasCause = cause instanceof Error && causes < MAX_CAUSES;
  return {
    type: error.name,
    // Not under `code`: elsewhere that is a one-time code, and redacted.
    errorCode: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
    message: withoutSqlValues(error.message),
    stack: framesOf(error),
    cause: hasCause ? describeError(cause, causes + 1) : undefined,
  };
}

// The first lines of a stack repeat the message; only the frames are wanted.
function framesOf(error: Error): string {
  const lines = (error.stack ?? '').split('\n');
  return lines.filter((line) => /^\s+at /.test(line)).join('\n');
}

// The database layer puts the whole statement, values included, in front of the reason.
function withoutSqlValues(message: string): string {
  if (!/^\s*(insert|update|delete|select|with)\b/i.test(message)) return message;
  return message.replaceAll(/'(?:[^']|'')*'/g, "'?'");
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function classNameOf(value: object): string {
  const { constructor: made }: { constructor?: unknown } = value;
  return typeof made === 'function' ? made.name : 'object';
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
