/** Where the time comes from; tests pass a clock they can move. */
export interface Clock {
  /** The current time. */
  now(): Date;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() };

/** The instant `seconds` after (or, negative, before) `date`. */
export function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

/** Whole seconds since the epoch: the NumericDate of RFC 7519 §2. */
export function toNumericDate(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
