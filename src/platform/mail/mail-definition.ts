/** What a message is filled with. `link` becomes its button, `code` is shown large; the rest stands in its text. */
export type MailValues = Readonly<Record<string, string | number>>;

/** A kind of message; its words are in `locales/<language>.json` under its name. */
export interface MailDefinition<Values extends MailValues = MailValues> {
  /** `snake_case`; the key of its words in every locale. */
  readonly name: string;
  /** Values as they could be: what previews show, and what the locales may name. */
  readonly sample: Values;
}

/** Declares a kind of message once; the previews, and the check of every locale, are derived from it. */
export function defineMail<Values extends MailValues>(name: string, sample: Values): MailDefinition<Values> {
  return { name, sample };
}

/** One message to one person, before it has words. */
export interface Mail<Values extends MailValues = MailValues> {
  readonly definition: MailDefinition<Values>;
  readonly to: string;
  /** The user whose account it is about, or null. */
  readonly userId: string | null;
  /** The language of the user, or null for the default. */
  readonly locale: string | null;
  readonly values: Values;
}
