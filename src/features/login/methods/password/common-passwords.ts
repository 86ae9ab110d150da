import { dictionary } from '@zxcvbn-ts/language-common';
import { isPattern, shortestUnit } from './password-patterns.js';
import { fold, isDigit, isSign, readingsOf, without } from './password-readings.js';

/** So many digits and signs around a common password do not make it another one. */
const MAX_TRIMMINGS = 8;
/** Shorter words are too easily hit by chance. */
const MIN_WORD = 4;

let list: ReadonlySet<string> | undefined;

/** Whether folded text stands in the list of the 49,000 most common passwords, or is one of them repeated. */
export function isListed(folded: string): boolean {
  list ??= new Set(dictionary['passwords-common']);
  return list.has(folded) || list.has(shortestUnit(folded));
}

/**
 * Whether a password is a common one in disguise: in other case, with signs for letters, separators between
 * the letters, or digits and signs around it. `Password1234!`, `1!P@$$w0rd` and `I love you 2024` are.
 */
export function isCommonPassword(password: string): boolean {
  const folded = fold(password);
  return isListed(folded) || coresOf([...folded]).some((core) => readingsOf(core).some(isCoreListed));
}

function isCoreListed(core: string): boolean {
  return [core, without(core, isSign)].some((word) => word.length >= MIN_WORD && isListed(word));
}

/** What is left without trimmings; some of them may belong to the word (`hell0` in `hell0123`). */
function coresOf(characters: readonly string[]): string[] {
  const first = characters.findIndex((character) => !isTrimming(character));
  if (first === -1) return [];
  const end = characters.findLastIndex((character) => !isTrimming(character)) + 1;
  const ends = [end, ...Array.from({ length: MAX_TRIMMINGS + 1 }, (_, cut) => characters.length - cut)];
  return [0, first].flatMap((from) =>
    ends
      .filter((to) => to >= end)
      .filter((to) => weightOf(characters.slice(0, from)) + weightOf(characters.slice(to)) <= MAX_TRIMMINGS)
      .map((to) => characters.slice(from, to).join('')),
  );
}

function isTrimming(character: string): boolean {
  return isDigit(character) || isSign(character);
}

/** How many characters an attacker must guess: none of `1234567890`. */
export function weightOf(trimmings: readonly string[]): number {
  return isPattern(trimmings.join('')) ? 0 : trimmings.length;
}
