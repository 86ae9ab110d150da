import { errors } from './errors.js';

/** What breaks a line where a name stands in one, or turns the direction of what follows it. */
const UNSEEMLY = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/** Something that the eye can see: neither a space nor a mark that shapes others, such as U+200B. */
const VISIBLE = /[^\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** Of most names that people give to things of theirs, in characters. */
export const MAX_LABEL_LENGTH = 100;

/**
 * The one form in which a name that people give to something is stored: trimmed, at least one visible character, at
 * most `maxLength`, and nothing that would make a list, a mail or a log line say something else. Throws INVALID_INPUT,
 * which names the `field`.
 */
export function parseLabel(field: string, text: string, maxLength: number = MAX_LABEL_LENGTH): string {
  const label = text.trim();
  if ([...label].length > maxLength || UNSEEMLY.test(label) || !VISIBLE.test(label)) {
    const reason = `It has 1 to ${maxLength} characters, without line breaks and direction marks.`;
    throw errors.INVALID_INPUT({ details: { fields: [{ field, reasons: [reason] }] } });
  }
  return label;
}
