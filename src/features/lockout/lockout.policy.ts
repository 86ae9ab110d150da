/** How many failures are free, and what the next ones cost. */
export interface LockoutSettings {
  /** Failures on an account before the first cooldown. */
  readonly threshold: number;
  /** Failures are forgotten when nothing failed for so long after the last cooldown. */
  readonly windowSeconds: number;
  /** The first cooldown; each further failure doubles it. */
  readonly baseSeconds: number;
  /** No cooldown is longer. */
  readonly capSeconds: number;
  /** A network may fail so many times more often than an account, because many people share one address. */
  readonly networkFactor: number;
  /** How long a device or network from which somebody signed in counts as theirs. */
  readonly knownSeconds: number;
}

/** What has been counted against an account, a network, or an account from one device or network. */
export interface FailureCount {
  readonly failures: number;
  readonly lastFailureAt: Date;
}

/** The cooldowns in order: the last one is that of every later failure too. */
export function cooldownSteps({ baseSeconds, capSeconds }: LockoutSettings): number[] {
  const steps: number[] = [];
  for (let seconds = baseSeconds; seconds < capSeconds; seconds *= 2) steps.push(seconds);
  return [...steps, capSeconds];
}

/** How long nothing is judged after the last of `failures`, 0 while they are below the threshold. */
export function cooldownSeconds(settings: LockoutSettings, failures: number, threshold: number): number {
  if (failures < threshold) return 0;
  const steps = cooldownSteps(settings);
  return steps[failures - threshold] ?? settings.capSeconds;
}

/** Whole seconds until the next attempt is judged, 0 when it may come now. */
export function retryAfterSeconds(
  settings: LockoutSettings,
  count: FailureCount,
  threshold: number,
  now: Date,
): number {
  const openAt = count.lastFailureAt.getTime() + cooldownSeconds(settings, count.failures, threshold) * 1000;
  return Math.max(0, Math.ceil((openAt - now.getTime()) / 1000));
}

/** After how long the failures no longer count: a whole quiet window after the cooldown they earned. */
export function forgottenAfterSeconds(
  settings: LockoutSettings,
  failures: number,
  threshold: number,
): number {
  return settings.windowSeconds + cooldownSeconds(settings, failures, threshold);
}

/** The threshold of the counter that a whole network shares. */
export function networkThreshold({ threshold, networkFactor }: LockoutSettings): number {
  return threshold * networkFactor;
}

/** What operators have no setting for. */
export const lockoutDefaults = {
  networkFactor: 20,
  knownSeconds: 90 * 86_400,
} as const satisfies Partial<LockoutSettings>;
