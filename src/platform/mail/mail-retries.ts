/** Tries of a mail before it is given up: with the waiting times below, after a little more than a day. */
export const MAX_ATTEMPTS = 30;

const FIRST_SECONDS = 10;
const FACTOR = 3.5;
const LONGEST_SECONDS = 3_600;
/** Mails that failed together are not all tried again together. */
const JITTER = 0.2;

/**
 * Seconds to wait after the `attempt`th failure: about 10 s, 35 s, 2 min, 7 min, 25 min, then an hour each time.
 * The jitter, up to a fifth more or less, follows from the random part of the mail's id.
 */
export function retryDelaySeconds(attempt: number, id: string): number {
  const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * FACTOR ** (attempt - 1));
  const draw = Number.parseInt(id.slice(-6), 16) / 0xff_ff_ff;
  return seconds * (1 + JITTER * (2 * draw - 1));
}
