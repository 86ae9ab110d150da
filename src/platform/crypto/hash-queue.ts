import { availableParallelism } from 'node:os';
import { errors } from '../../kernel/errors.js';

interface Limits {
  /** Tasks that may wait. */
  readonly queueLimit: number;
  /** Tasks that may run at once; by default one for each core. */
  readonly concurrency?: number;
}

/** Before anything was measured, a hash is taken to last this long. */
const ASSUMED_MS = 50;
/** The weight of the newest measurement in the running average. */
const NEWEST = 0.2;

/**
 * Runs heavy tasks first come, first served: at most one for each core, because more would only share the
 * cores and fill libuv's pool, behind which every other cryptographic call waits. A bounded number may wait;
 * one more is SERVER_BUSY with the seconds until there is probably room.
 */
export class HashQueue {
  readonly #queueLimit: number;
  readonly #concurrency: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #averageMs = ASSUMED_MS;

  constructor({ queueLimit, concurrency = availableParallelism() }: Limits) {
    this.#queueLimit = queueLimit;
    this.#concurrency = concurrency;
  }

  /** Runs `task` when its turn comes. Throws SERVER_BUSY at once when the queue is full. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#enter();
    const startedAt = performance.now();
    try {
      return await task();
    } finally {
      this.#averageMs += NEWEST * (performance.now() - startedAt - this.#averageMs);
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#queueLimit)
      throw errors.SERVER_BUSY({ retryAfter: this.#retryAfter() });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  // The place is handed to the next in line rather than freed, so that nobody can slip in between.
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }

  #retryAfter(): number {
    const waitMs = (this.#averageMs * this.#waiting.length) / this.#concurrency;
    return Math.max(1, Math.ceil(waitMs / 1000));
  }
}
