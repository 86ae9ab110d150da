/** RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`, separated by one space. */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/** Its tokens, each once, or null where it is none. */
export function parseScope(text: string): string[] | null {
  return SCOPE.test(text) ? [...new Set(text.split(' '))] : null;
}
