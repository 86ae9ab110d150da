/** Words that random text practically never holds and that copied examples do. */
const EXAMPLE_WORDS =
  /change[-_ ]?me|secret|password|passw0rd|example|default|placeholder|insecure|replace[-_ ]?(me|this)|your[-_ ]|qwerty|letmein|latchkey/i;

const MIN_DISTINCT_CHARACTERS = 10;

/**
 * Whether a secret looks typed, copied or repeated rather than random (ASVS 11.2.3). It can only tell
 * carelessness: a secret that passes is not thereby random.
 */
export function looksGuessable(secret: string): boolean {
  return (
    new Set(secret).size < MIN_DISTINCT_CHARACTERS ||
    EXAMPLE_WORDS.test(secret) ||
    isRepetition(secret) ||
    isSequence(secret)
  );
}

// A text is some shorter text repeated exactly when it is found inside itself doubled, at neither end.
function isRepetition(text: string): boolean {
  return `${text}${text}`.indexOf(text, 1) < text.length;
}

// `abcdefgh…`, `9876…`: most characters are the neighbours of the one before.
function isSequence(text: string): boolean {
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const steps = codes.filter((code, index) => Math.abs(code - (codes[index - 1] ?? Number.NaN)) <= 1);
  return steps.length > text.length / 2;
}
