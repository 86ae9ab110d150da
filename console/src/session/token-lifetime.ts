const shortestMs = 10_000;
const longestLeadMs = 60_000;
/** setTimeout takes a longer delay for none at all. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * How long a token lives, counted from its arrival. The expiry is compared with the clock of the server that
 * wrote it, never with this machine's, which may be hours off. An unreadable or past expiry counts as ten
 * seconds, so that a wrong clock cannot make the console renew in a tight circle.
 */
export function tokenLifetimeMs(expiresAt: string, answeredAt: Date): number {
  const lifetimeMs = Date.parse(expiresAt) - answeredAt.getTime();
  return lifetimeMs >= shortestMs ? lifetimeMs : shortestMs;
}

/** When to renew, in ms from arrival: a minute before the end, for short lives after four fifths. */
export function renewalDelayMs(lifetimeMs: number): number {
  const leadMs = Math.min(longestLeadMs, lifetimeMs / 5);
  return Math.min(lifetimeMs - leadMs, longestDelayMs);
}
