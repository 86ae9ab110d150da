/** Signs that stand for letters; `1` and its like stand for either of two. */
const LEET = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', 9: 'g', '@': 'a', $: 's', '+': 't' };
const ALPHABETS: readonly ReadonlyMap<string, string>[] = [
  new Map(),
  new Map(Object.entries({ ...LEET, 1: 'i', '!': 'i', '|': 'i' })),
  new Map(Object.entries({ ...LEET, 1: 'l', '!': 'l', '|': 'l' })),
];

/** Without what does not make a password harder to guess: case, width, accents. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '');
}

/** A folded text as it stands, and with signs read as letters (`p4ssw0rd`), one for one. */
export function readingsOf(folded: string): string[] {
  const readings = ALPHABETS.map((alphabet) =>
    Array.from(folded, (character) => alphabet.get(character) ?? character).join(''),
  );
  return [...new Set(readings)];
}

/** Whether a character is one that people add because they are told to: punctuation, a space, `$`. No emoji. */
export function isSign(character: string): boolean {
  return /^[\p{P}\p{Z}\s$+<=>^`|~]$/u.test(character);
}

export function isDigit(character: string): boolean {
  return /^\p{Nd}$/u.test(character);
}

/** Text without the characters that a test names. */
export function without(text: string, isUnwanted: (character: string) => boolean): string {
  return [...text].filter((character) => !isUnwanted(character)).join('');
}
