/** What takes the place of owning an audience oneself, for whoever decides who does. */
export const AUDIENCE_POWER = 'audiences:manage';

/** Of itself a service account changes these alone: the rest is what it may do, and others decide that. */
const OWN_TO_CHANGE: ReadonlySet<string> = new Set(['name', 'description']);

/**
 * Of owned audiences those that are a power of their own: whoever has such an account sees the tokens of all their
 * users. This API's own audience is what every account has.
 */
export function foreignAudiences(audiences: readonly string[], own: string): string[] {
  return audiences.filter((each) => each !== own);
}

/** Whether a service account may change so much of itself. */
export function mayChangeOfItself(changed: readonly string[]): boolean {
  return changed.every((each) => OWN_TO_CHANGE.has(each));
}

/** What tokens an account may get: for which audiences, and with which scopes at most (null for no limit). */
interface TokenLimits {
  readonly allowedAudiences: readonly string[];
  readonly scopes: readonly string[] | null;
}

/** Whether less is left of what tokens may be: those of before must not come back when it is widened again. */
export function isNarrowed(before: TokenLimits, after: Partial<TokenLimits>): boolean {
  const { allowedAudiences = before.allowedAudiences, scopes = before.scopes } = after;
  if (before.allowedAudiences.some((each) => !allowedAudiences.includes(each))) return true;
  if (scopes === null) return false;
  return before.scopes === null || before.scopes.some((each) => !scopes.includes(each));
}
