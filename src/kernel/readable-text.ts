/** C0 controls but tab and line breaks, and DEL: no text that people write holds them, and NUL no database takes. */
// oxlint-disable-next-line no-control-regex -- those are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/**
 * Whether every text in the value, however deep and keys included, is text: without control characters, and
 * without halves of surrogate pairs, which would be stored as something else than was sent.
 */
export function isReadable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !CONTROL.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, each]) => isReadable(key) && isReadable(each));
}
