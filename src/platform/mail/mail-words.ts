import { IntlMessageFormat } from 'intl-messageformat';
import { z } from 'zod';
import type { MailDefinition, MailValues } from './mail-definition.js';

const line = (length: number) =>
  z
    .string()
    .min(1)
    .max(length)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line');

/** The words of one kind of mail in one language; each is an ICU message. */
export const mailWords = z.strictObject({
  subject: line(200),
  paragraphs: z.array(line(2_000)).min(1).max(10),
  /** What the button says that leads to the value `link`. */
  action: line(80).optional(),
  /** The sentence above the value `code`. */
  code: line(200).optional(),
  footnote: line(2_000).optional(),
});

export type MailWords = z.infer<typeof mailWords>;

/** What is wrong at one place of a locale file, as in `verify_email.subject` and `names {x}, which …`. */
export interface WordsFault {
  readonly key: string;
  readonly sentence: string;
}

/** Compiles a message. Tags have no meaning in it: `<b>` is text. Throws on bad syntax. */
export function compileMessage(message: string, language: string): IntlMessageFormat {
  return new IntlMessageFormat(message, language, undefined, { ignoreTag: true });
}

/** Everything by which the words would not do for a mail of that kind; none when they would. */
export function wordsFaults(words: MailWords, { name, sample }: MailDefinition): WordsFault[] {
  const named = Object.entries({ ...sample, product: 'Latchkey' }).filter(([key]) => !hasPlaceOfItsOwn(key));
  const inMessages = messagesOf(words).flatMap(([key, message]) =>
    messageFaults(message, Object.fromEntries(named)).map((sentence) => ({
      key: `${name}.${key}`,
      sentence,
    })),
  );
  const places = [
    { key: `${name}.action`, value: 'link', has: words.action !== undefined },
    { key: `${name}.code`, value: 'code', has: words.code !== undefined },
  ];
  const misplaced = places.flatMap(({ key, value, has }) => {
    if (has === Object.hasOwn(sample, value)) return [];
    const sentence = has
      ? `is for a ${value}, which this mail has not`
      : `is missing: the mail has a ${value}`;
    return [{ key, sentence }];
  });
  return [...inMessages, ...misplaced];
}

/** A button and a line of its own belong to these: in a subject a code would show on every locked screen. */
function hasPlaceOfItsOwn(value: string): boolean {
  return value === 'link' || value === 'code';
}

function messagesOf({ paragraphs, ...single }: MailWords): [key: string, message: string][] {
  const numbered = paragraphs.map((text, index): [string, string] => [`paragraphs.${index}`, text]);
  return [...Object.entries(single), ...numbered];
}

function messageFaults(message: string, values: MailValues): string[] {
  const known = Object.keys(values);
  try {
    const compiled = compileMessage(message, 'en');
    const unknown = placeholdersOf(compiled.getAst()).filter((one) => !known.includes(one));
    if (unknown.length === 0) compiled.format(values);
    return unknown.map((one) => `names {${one}}, but there are only ${known.join(', ')}`);
  } catch (error) {
    return [`is no ICU message for its values (${error instanceof Error ? error.message : ''})`];
  }
}

type MessageElement = ReturnType<IntlMessageFormat['getAst']>[number];

function placeholdersOf(elements: readonly MessageElement[]): string[] {
  return elements.flatMap((element) => {
    const within = 'options' in element ? Object.values(element.options).flatMap(({ value }) => value) : [];
    const own = 'value' in element && element.type !== LITERAL ? [element.value] : [];
    return [...own, ...placeholdersOf(within)];
  });
}

/** `TYPE.literal` of the message parser. */
const LITERAL: MessageElement['type'] = 0;
