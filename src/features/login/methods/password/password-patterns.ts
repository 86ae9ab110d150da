/** Keys in the order in which fingers run over them, row after row. */
const KEYBOARDS = ['qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn'];
const neighbours = new Set(
  KEYBOARDS.flatMap((keys) => Array.from(keys.slice(1), (key, index) => `${keys[index]}${key}`)),
);

/** A repeated piece shorter than this is no password, however often it stands there. */
const MIN_UNIT = 8;
/** A run of fewer characters is met by chance. */
const MIN_RUN = 3;
/** What a run is worth to somebody who guesses: where it begins, and how long it is. */
const RUN_WEIGHT = 2;
/** A text that is worth no more than so many characters, though it is twice as long, is a pattern. */
const MAX_WEIGHT = 6;

/** Two sequences woven into each other have so many characters at least. */
const MIN_WOVEN = 8;

/**
 * Whether text is repeated or sequential only: `aaaaaaaa`, `abcabcabc`, `123456789012`, `qwertyuiopas`, and two
 * such in turns, as in `a1b2c3d4`.
 */
export function isPattern(text: string): boolean {
  const characters = [...text.toLowerCase()];
  if (isPlainPattern(characters)) return true;
  if (characters.length < MIN_WOVEN) return false;
  const strands = [0, 1].map((strand) => characters.filter((_, index) => index % 2 === strand));
  return strands.every(isPlainPattern);
}

function isPlainPattern(characters: readonly string[]): boolean {
  if (characters.length < MIN_RUN) return false;
  const period = periodOf(characters);
  if (period < MIN_UNIT && period * 2 <= characters.length) return true;
  const { runs, singles } = runsOf(characters);
  const weight = runs * RUN_WEIGHT + singles;
  return singles === 0 || weight <= Math.min(MAX_WEIGHT, characters.length / 2);
}

/** The piece that the whole text repeats, or the text itself. */
export function shortestUnit(text: string): string {
  const characters = [...text];
  const period = periodOf(characters);
  return characters.length % period === 0 ? characters.slice(0, period).join('') : text;
}

/** The smallest distance at which a text repeats itself, a last partial round included (Knuth–Morris–Pratt). */
function periodOf(characters: readonly string[]): number {
  const borders = [0];
  for (let end = 1, border = 0; end < characters.length; end += 1) {
    while (border > 0 && characters[border] !== characters[end]) border = borders[border - 1] ?? 0;
    if (characters[border] === characters[end]) border += 1;
    borders.push(border);
  }
  return characters.length - (borders.at(-1) ?? 0);
}

type Step = (left: string, right: string) => boolean;

const isNext: Step = (left, right) =>
  (left === '9' && right === '0') || (right.codePointAt(0) ?? 0) - (left.codePointAt(0) ?? 0) === 1;
const isBeside: Step = (left, right) => neighbours.has(left + right);
const steps: readonly Step[] = [
  (left, right) => left === right,
  isNext,
  (left, right) => isNext(right, left),
  isBeside,
  (left, right) => isBeside(right, left),
];

function runsOf(characters: readonly string[]): { runs: number; singles: number } {
  let [runs, singles, at] = [0, 0, 0];
  while (at < characters.length) {
    const length = longestRun(characters, at);
    if (length < MIN_RUN) singles += 1;
    else runs += 1;
    at += length < MIN_RUN ? 1 : length;
  }
  return { runs, singles };
}

function longestRun(characters: readonly string[], from: number): number {
  return Math.max(...steps.map((step) => runLength(characters, from, step)));
}

function runLength(characters: readonly string[], from: number, step: Step): number {
  let end = from + 1;
  while (end < characters.length && step(characters[end - 1] ?? '', characters[end] ?? '')) end += 1;
  return end - from;
}
