import type { Pool } from 'pg';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { errors } from '../kernel/errors.js';
import type { MetricDefinition } from './metrics.js';

/** Where budgets are counted: in this process, or in the table `rate_limit` that all processes share. */
export type RateLimitStore =
  | { readonly kind: 'memory' }
  | { readonly kind: 'postgres'; readonly pool: Pick<Pool, 'query'>; readonly timeoutMs?: number };

/** So many points per key in a window that opens with the first of them. */
export interface RateLimitBudget {
  /** Unique; part of every stored key. At most 50 characters. */
  readonly name: string;
  readonly points: number;
  readonly windowSeconds: number;
}

/** How often each budget was spent. */
export const rateLimitRefusals: MetricDefinition = {
  name: 'latchkey_rate_limit_refusals_total',
  help: 'Requests that a spent budget refused.',
  labels: ['budget'],
};

/** Counts one budget. Keys that hold personal data (addresses, e-mail) are to be hashed by the caller. */
export interface RateLimiter {
  /**
   * Takes one point of the key. Throws RATE_LIMITED with the seconds to wait once the budget is spent, and
   * SERVICE_UNAVAILABLE when the store does not answer: without counting, nobody is let through.
   */
  consume(key: string): Promise<void>;
  /** Gives the key its whole budget back. */
  reset(key: string): Promise<void>;
}

/** Counts one budget in this process alone: for paths on which a write per call would cost more than the answer. */
export interface LocalRateLimiter {
  /** Takes one point of the key. Throws RATE_LIMITED with the seconds to wait once the budget is spent. */
  consume(key: string): void;
}

/** Makes the rate limiters of one store; `refused` hears the name of a budget each time that one is spent. */
export class RateLimiters {
  readonly #store: RateLimitStore;
  readonly #refused: (budget: string) => void;
  readonly #names = new Set<string>();

  constructor(store: RateLimitStore, refused: (budget: string) => void = () => {}) {
    this.#store = store;
    this.#refused = refused;
  }

  /** Makes the limiter of a budget; throws when the name is taken or the numbers make no sense. */
  define(budget: RateLimitBudget): RateLimiter {
    assertBudget(budget, this.#names);
    this.#names.add(budget.name);
    const limiter = counterOf(this.#store, budget);
    const refuse = (reason: unknown) => this.#refuse(budget, reason);
    const timeoutMs = this.#store.kind === 'postgres' ? (this.#store.timeoutMs ?? 3000) : 0;
    return {
      consume: async (key) => {
        assertKey(key);
        await within(timeoutMs, limiter.consume(key)).catch(refuse);
      },
      reset: async (key) => {
        assertKey(key);
        await within(timeoutMs, limiter.delete(key)).catch(refuse);
      },
    };
  }

  /**
   * Makes the limiter of a budget that each process has for itself. Its windows open together and not with the first
   * point of a key, so that whoever waits for the turn of one spends two budgets at once, and never more.
   */
  defineLocal(budget: RateLimitBudget): LocalRateLimiter {
    assertBudget(budget, this.#names);
    this.#names.add(budget.name);
    const { points, windowSeconds } = budget;
    const spent = new Map<string, number>();
    let endsAt = 0;
    return {
      consume: (key) => {
        // Not the time of day, which may be set back.
        const now = performance.now();
        if (now >= endsAt) {
          spent.clear();
          endsAt = now + windowSeconds * 1000;
        }
        const sum = (spent.get(key) ?? 0) + 1;
        if (sum > points) {
          this.#refused(budget.name);
          throw errors.RATE_LIMITED({ retryAfter: Math.max(1, Math.ceil((endsAt - now) / 1000)) });
        }
        spent.set(key, sum);
      },
    };
  }

  /** Deletes the rows of windows that are over; memory forgets by itself. Run it now and then. */
  async purgeExpired(now: Date): Promise<void> {
    if (this.#store.kind === 'memory') return;
    await this.#store.pool.query('delete from rate_limit where expire < $1', [now.getTime()]);
  }

  #refuse({ name }: RateLimitBudget, reason: unknown): never {
    if (!(reason instanceof RateLimiterRes))
      throw errors.SERVICE_UNAVAILABLE({ retryAfter: 1, cause: reason });
    this.#refused(name);
    throw errors.RATE_LIMITED({ retryAfter: Math.max(1, Math.ceil(reason.msBeforeNext / 1000)) });
  }
}

const MAX_NAME_LENGTH = 50;
/** Name, colon and key fit the table's varchar(255). */
const MAX_KEY_LENGTH = 200;

function counterOf(store: RateLimitStore, budget: RateLimitBudget): RateLimiterAbstract {
  const options = { keyPrefix: budget.name, points: budget.points, duration: budget.windowSeconds };
  if (store.kind === 'memory') return new RateLimiterMemory(options);
  return new RateLimiterPostgres({
    ...options,
    storeClient: store.pool,
    storeType: 'pool',
    tableName: 'rate_limit',
    // Our migration makes the table, and purgeExpired empties it: no DDL and no timers from here.
    tableCreated: true,
    clearExpiredByTimeout: false,
  });
}

// A partitioned database neither answers nor fails; waiting for it would hold every sign-in.
async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  if (timeoutMs === 0) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The rate limit store gave no answer in ${timeoutMs} ms.`)),
      timeoutMs,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function assertBudget({ name, points, windowSeconds }: RateLimitBudget, taken: ReadonlySet<string>): void {
  if (taken.has(name)) throw new TypeError(`There is a rate limit budget named "${name}" already.`);
  if (!/^[a-z0-9._-]+$/.test(name) || name.length > MAX_NAME_LENGTH) {
    throw new TypeError(`"${name}" is no name for a rate limit budget.`);
  }
  const positive = [points, windowSeconds].every((value) => Number.isSafeInteger(value) && value > 0);
  if (!positive) throw new TypeError(`The rate limit budget "${name}" needs whole, positive numbers.`);
}

function assertKey(key: string): void {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new TypeError(`A rate limit key has 1 to ${MAX_KEY_LENGTH} characters; hash what is longer.`);
  }
}
