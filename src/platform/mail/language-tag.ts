/** The canonical form of a BCP 47 language tag, or null for what is none. */
export function languageTag(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

/** The tags under which words for `text` may be found, the closest first (RFC 4647 §3.4); none for what is no tag. */
export function lookupTags(text: string): string[] {
  const parts = languageTag(text)?.split('-') ?? [];
  return parts.map((_part, dropped) => parts.slice(0, parts.length - dropped).join('-'));
}
