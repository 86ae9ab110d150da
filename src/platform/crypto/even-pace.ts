/** An odd measurement must not hold anybody longer. */
const MAX_MS = 1_000;
/** So long after the last hash of another kind. */
const MEMORY_MS = 600_000;
/** The weight of the newest measurement in the running average. */
const NEWEST = 0.2;

/** A verification that is done. */
interface Done {
  readonly tookMs: number;
  /** When it ended, on a clock that only goes on. */
  readonly nowMs: number;
  /** Whether the hash was one of today's kind and costs. */
  readonly isTodays: boolean;
}

/**
 * Keeps the time of a sign-in from telling what kind of hash an account has, or that it has one: as long as
 * hashes of other kinds than today's are met, every verification lasts as long as the slowest of them. Waiting
 * costs no processor time, unlike a second hash, and hides costly kinds as well as cheap ones. What is left to see
 * is the first such account within ten minutes, and what lasts longer than a second.
 */
export class EvenPace {
  #todaysMs = 0;
  #slowestMs = 0;
  #until = -Infinity;

  /** How many milliseconds a verification is to last from now on; 0 when all are of one kind. */
  paceAfter({ tookMs, nowMs, isTodays }: Done): number {
    if (nowMs >= this.#until) this.#slowestMs = 0;
    if (isTodays) {
      this.#todaysMs += (this.#todaysMs === 0 ? 1 : NEWEST) * (tookMs - this.#todaysMs);
    } else {
      this.#slowestMs = Math.max(this.#slowestMs, tookMs);
      this.#until = nowMs + MEMORY_MS;
    }
    return nowMs < this.#until ? Math.min(MAX_MS, Math.max(this.#slowestMs, this.#todaysMs)) : 0;
  }
}
