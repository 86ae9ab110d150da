import { z } from 'zod';
import { Secret } from '../../kernel/secret.js';

/** How the text of one variable becomes a value. */
export interface Reader<Value> {
  readonly schema: z.ZodType<Value, string>;
  /** Completes "must be …" in an error and in the reference, so that no error needs to quote the value. */
  readonly expects: string;
  /** Whether the value must never be printed. */
  readonly secret: boolean;
}

/** The fewest characters of a secret that keys are derived from (ASVS 11.2.3: 128 bits with room to spare). */
export const SECRET_MIN_LENGTH = 32;

/** One line of text without control characters. */
export const singleLine = z
  .string()
  .trim()
  .min(1)
  .refine((text) => !/\p{Cc}/u.test(text));

/** A reader of a value that may be printed. */
export function reader<Value>(schema: z.ZodType<Value, string>, expects: string): Reader<Value> {
  return { schema, expects, secret: false };
}

/** A reader of a value that must never be printed. */
export function secretReader<Value>(schema: z.ZodType<Value, string>, expects: string): Reader<Value> {
  return { schema, expects, secret: true };
}

/** A whole number within bounds, both included. */
export function integer(min: number, max: number): Reader<number> {
  return reader(wholeNumber(min, max), `a whole number from ${min} to ${max}`);
}

/** A whole number of seconds within bounds, both included. */
export function seconds(min: number, max: number): Reader<number> {
  return reader(wholeNumber(min, max), `a whole number of seconds from ${min} to ${max}`);
}

/** A TCP port; 0 lets the system choose. */
export function port(min: 0 | 1): Reader<number> {
  return reader(wholeNumber(min, 65_535), `a port number from ${min} to 65535`);
}

/** `true` or `false` (also `1`, `0`, `yes`, `no`, `on`, `off`, in any case). */
export function flag(): Reader<boolean> {
  const words = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });
  return reader(words, '`true` or `false`');
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return reader(z.enum(words), `one of ${words.map((word) => `\`${word}\``).join(', ')}`);
}

/** A single line of text. */
export function line(): Reader<string> {
  return reader(singleLine, 'one line of text');
}

/** A comma-separated list or a JSON array of strings; empty items are dropped. */
export function list(item: z.ZodType<string, string>, expects: string): Reader<readonly string[]> {
  return reader(listOf(item), `${expects}, separated by commas or as a JSON array`);
}

/** A secret that keys are derived from. */
export function secret(): Reader<Secret> {
  return secretReader(longSecret, `at least ${SECRET_MIN_LENGTH} characters long`);
}

/** A comma-separated list or a JSON array of secrets that keys are derived from. */
export function secretList(): Reader<readonly Secret[]> {
  const expects = `secrets of at least ${SECRET_MIN_LENGTH} characters, separated by commas or as a JSON array`;
  return secretReader(listOf(longSecret), expects);
}

/** A password that a person or another system chose, of any length. */
export function password(): Reader<Secret> {
  const schema = singleLine.transform((text) => new Secret(text));
  return secretReader(schema, 'one line of text');
}

/** The strings of a JSON array, or null when `text` is no such array (a secret may well start with a bracket). */
export function jsonStrings(text: string): string[] | null {
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

// Trimmed, as the items of a list are: a secret must stay the same when it moves to the list of old ones.
const longSecret = z
  .string()
  .trim()
  .min(SECRET_MIN_LENGTH)
  .transform((text) => new Secret(text));

function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .trim()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

function listOf<Item>(item: z.ZodType<Item, string>): z.ZodType<Item[], string> {
  return z.string().transform(splitItems).pipe(z.array(item));
}

function splitItems(text: string): string[] {
  const items = jsonStrings(text) ?? text.split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}
