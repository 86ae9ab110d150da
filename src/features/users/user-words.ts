/**
 * SQL for the words of a text, as a tsvector: lower case, split at whatever is neither letter nor digit. PostgreSQL's
 * own text parser would take an address for one word. The same expression is indexed and asked with.
 */
export function wordsIn(text: string): string {
  return `array_to_tsvector(array_remove(regexp_split_to_array(lower(${text}), '[^[:alnum:]]+'), ''))`;
}

/** SQL for the words by which a row of `users` is found: those of its names, for a deleted one the former ones too. */
export const USER_WORDS = wordsIn(
  `email || ' ' || coalesce(username, '') || ' ' || coalesce(display_name, '')
   || ' ' || coalesce(former_email, '') || ' ' || coalesce(former_username, '')`,
);

/** The text of a tsquery that matches who has, for each of `words`, one that begins with it. */
export function prefixQuery(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll(/['\\]/g, '$&$&')}':*`).join(' & ');
}
