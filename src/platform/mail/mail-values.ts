import type { MailValues } from './mail-definition.js';
import { MailRefusedError } from './mailer.js';

/** The values of a mail by what becomes of them. */
export interface SortedValues {
  readonly link: string | null;
  readonly code: string | null;
  /** What messages may name, harmless and in the language of the reader. */
  readonly named: MailValues;
}

/** Sorts and tames the values of a mail. Throws MailRefusedError for a link or code that cannot be one. */
export function sortValues(values: MailValues, language: string): SortedValues {
  const { link, code, ...others } = values;
  const named = Object.entries(others).map(([name, value]) => {
    if (typeof value === 'number') return [name, value];
    return [name, name === 'when' ? pointInTime(value, language) : harmless(value)];
  });
  return {
    link: link === undefined ? null : checkedLink(String(link)),
    code: code === undefined ? null : checkedCode(String(code)),
    named: Object.fromEntries(named) as MailValues,
  };
}

const LONGEST = 200;

/**
 * People's text as part of a sentence: one line of at most 200 characters without control characters or
 * direction overrides, and nothing in it that a mail program would turn into a link (CVE-2022-31127). An e-mail
 * address stays as it is.
 */
export function harmless(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(directionMarks, '')
    .trim();
  const characters = [...line];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : line;
  const unlinked = emailAddress.test(short) ? short : short.replaceAll(joints, '\u{200b}$&');
  // Between isolates (UAX #9 §2.3) it cannot turn the words around it, whichever way it is read.
  return rightToLeft.test(unlinked) ? `\u{2068}${unlinked}\u{2069}` : unlinked;
}

const directionMarks = /[\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu;
const rightToLeft =
  /[\u{590}-\u{8ff}\u{fb1d}-\u{fdff}\u{fe70}-\u{fefc}\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Where addresses of pages have their dots, colons and slashes, a space of no width tears them apart. */
const joints = /[.:/\\\u{3002}\u{ff0e}\u{ff0f}\u{ff1a}\u{ff61}]/gu;
/** Possibly masked: `a•••@example.com`. */
const emailAddress = /^[\p{L}\p{N}.…•*+_-]+@[\p{L}\p{N}.…•*-]+$/u;

function checkedLink(link: string): string {
  const isLink = /^https?:\/\/[\u{21}-\u{7e}]+$/u.test(link) && URL.canParse(link);
  if (!isLink) throw new MailRefusedError('The link is no http(s) URL.');
  return link;
}

function checkedCode(code: string): string {
  if (!/^[A-Za-z0-9-]{4,40}$/.test(code)) throw new MailRefusedError('The code is no code.');
  return code;
}

function pointInTime(iso: string, language: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) throw new MailRefusedError('The time is no ISO 8601 time.');
  const format = {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  } as const;
  return date.toLocaleString(language, { ...format, timeZone: 'UTC', timeZoneName: 'short' });
}
