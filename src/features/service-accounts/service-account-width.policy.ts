/** What an account may do, as far as that is not its roles' to say. */
interface Width {
  readonly enabled: boolean;
  readonly audiences: readonly string[];
  readonly allowedAudiences: readonly string[];
  /** Null for no limit. */
  readonly scopes: readonly string[] | null;
}

/** Whether an account has more after a change than before it. */
export function isWider(after: Width, before: Width): boolean {
  if (after.enabled && !before.enabled) return true;
  if (before.scopes !== null && (after.scopes === null || hasMore(after.scopes, before.scopes))) return true;
  return (
    hasMore(after.audiences, before.audiences) || hasMore(after.allowedAudiences, before.allowedAudiences)
  );
}

function hasMore(after: readonly string[], before: readonly string[]): boolean {
  return after.some((each) => !before.includes(each));
}
