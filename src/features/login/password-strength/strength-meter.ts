import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errors } from '../../../kernel/errors.js';
import { HashQueue } from '../../../platform/crypto/hash-queue.js';

/** A password, and words that its owner would be expected to use. */
export interface Measurement {
  readonly password: string;
  readonly words: readonly string[];
}

/** How hard a password is to guess. */
export interface Measured {
  /** 0 (at once) to 4 (not in a lifetime). */
  readonly score: number;
  readonly warning: string | null;
  readonly suggestions: readonly string[];
  /** In words, for somebody who has stolen the hash. */
  readonly crackTime: string;
}

/** Words make the work grow, long ones most of all: every piece of the password is looked up in all lists. */
const MAX_WORDS = 40;
const MAX_WORD_LENGTH = 32;
/** Measurements that may wait; each takes less than a tenth of a second. */
const QUEUE_LIMIT = 32;
/** For the first of them, which waits for the dictionaries to load. */
const DEADLINE_MS = 10_000;
/** The dictionaries take some 60 MB, which are given back. */
const IDLE_MS = 60_000;

/** The file beside this one, in the language of this one. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './strength-worker.ts' : './strength-worker.js',
  import.meta.url,
);

/**
 * Estimates with zxcvbn, one password after the other, in a thread of its own: neither a password made to keep it
 * busy nor the loading of its dictionaries can hold the event loop. Throws SERVER_BUSY when too many wait.
 */
export class StrengthMeter {
  readonly #queue = new HashQueue({ queueLimit: QUEUE_LIMIT, concurrency: 1 });
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  async measure(measurement: Measurement): Promise<Measured> {
    const words = measurement.words.slice(0, MAX_WORDS).map((word) => word.slice(0, MAX_WORD_LENGTH));
    return await this.#queue.run(async () => await this.#ask({ ...measurement, words }));
  }

  async #ask(measurement: Measurement): Promise<Measured> {
    clearTimeout(this.#idle);
    this.#worker ??= startWorker();
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(measurement);
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const [measured] = (await once(this.#worker, 'message', { signal })) as [Measured];
      this.#idle = setTimeout(() => void this.#stop(), IDLE_MS).unref();
      return measured;
    } catch (cause) {
      await this.#stop();
      throw errors.SERVER_BUSY({ retryAfter: 1, cause });
    }
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}

/** It sees no environment, and does not keep the process alive. */
function startWorker(): Worker {
  const worker = new Worker(WORKER, {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
  });
  worker.unref();
  return worker;
}
