import { isListed, weightOf } from './common-passwords.js';
import { fold, isDigit, isSign, readingsOf, without } from './password-readings.js';

/** Bounds the work; no name and no address is longer. */
const MAX_TEXT = 320;
/** Shorter words are met by chance. */
const MIN_WORD = 4;
/** Fewer letters besides the words are not what makes a password. */
const MIN_OTHER_LETTERS = 4;
/** So many digits besides them are a password of their own. */
const MAX_OTHER_DIGITS = 8;

/**
 * The words of texts about an account (names, addresses), folded: each run of letters of at least four, and all
 * letters of a name, of a local part or of a domain together (`j.doe@example.com`: `jdoe`, `example`, …).
 */
export function contextWords(texts: readonly (string | null)[]): string[] {
  const parts = texts.flatMap((text) => fold((text ?? '').slice(0, MAX_TEXT)).split('@'));
  const words = parts
    .map((part) => part.split(/[^\p{L}]+/u))
    .flatMap((pieces) => [...pieces, pieces.join('')])
    .filter((word) => word.length >= MIN_WORD);
  return [...new Set(words)].toSorted((left, right) => right.length - left.length);
}

/**
 * Whether a password is little more than `words` (ASVS 6.2.11): without them, fewer than four letters or a common
 * password remain, and no more than eight digits. Signs and spaces do not count, letters may be written as signs.
 */
export function isMostlyWords(password: string, words: readonly string[]): boolean {
  const folded = fold(password);
  return readingsOf(folded).some((reading) => {
    const rest = restOf({ folded, reading }, words);
    return rest !== null && isLittle(rest);
  });
}

/** What stands beside the words, as it was typed; null when none of them is there. */
function restOf(texts: { folded: string; reading: string }, words: readonly string[]): string | null {
  // One sign is read as one letter: what is at a place in one text is at the same place in the other.
  const typed = [...texts.folded];
  const places = [...texts.reading].map((character, index) => ({ character, typed: typed[index] ?? '' }));
  const kept = places.filter(({ character }) => !isSign(character));
  let read = kept.map(({ character }) => character).join('');
  let rest = kept.map((place) => place.typed).join('');
  for (const word of words) {
    const blank = ' '.repeat(word.length);
    for (let at = read.indexOf(word); at >= 0; at = read.indexOf(word)) {
      read = read.slice(0, at) + blank + read.slice(at + word.length);
      rest = rest.slice(0, at) + blank + rest.slice(at + word.length);
    }
  }
  return read.includes(' ') ? rest : null;
}

function isLittle(rest: string): boolean {
  const characters = [...without(rest, isSign)];
  const letters = characters.filter((character) => !isDigit(character));
  const fewLetters = letters.length < MIN_OTHER_LETTERS || isListed(letters.join(''));
  return fewLetters && weightOf(characters.filter(isDigit)) <= MAX_OTHER_DIGITS;
}
