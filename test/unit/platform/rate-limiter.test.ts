import { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimiters } from '../../../src/platform/rate-limiter.js';

/** The table as the migration makes it. */
const table = `create table rate_limit
  (key varchar(255) primary key, points integer not null default 0, expire bigint)`;

let database: PGlite;

/** The one method of pg's pool that the store calls, on an embedded Postgres. */
const pool = {
  query: (query: string | { text: string; values: unknown[] }, values?: unknown[]) =>
    typeof query === 'string' ? database.query(query, values) : database.query(query.text, query.values),
} as unknown as Pick<Pool, 'query'>;

beforeAll(async () => {
  database = await PGlite.create();
  await database.exec(table);
});
afterAll(() => database.close());

describe.each([{ kind: 'memory' } as const, { kind: 'postgres', pool } as const])(
  'a $kind store',
  (store) => {
    it('lets exactly the budget through, however many ask at once', async () => {
      const limiter = new RateLimiters(store).define({ name: 'at-once', points: 5, windowSeconds: 60 });
      const answers = await Promise.allSettled(Array.from({ length: 12 }, () => limiter.consume('key')));
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
      for (const reason of reasons) expect(reason).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
      expect(reasons[0].retryAfter).toBeGreaterThanOrEqual(59);
      expect(reasons[0].retryAfter).toBeLessThanOrEqual(60);
    });

    it('counts each key and each budget on its own', async () => {
      const limiters = new RateLimiters(store);
      const first = limiters.define({ name: 'own-1', points: 1, windowSeconds: 60 });
      const second = limiters.define({ name: 'own-2', points: 1, windowSeconds: 60 });
      await first.consume('a');
      await first.consume('b');
      await second.consume('a');
      await expect(first.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    });

    it('gives a budget back on request and when the window is over', async () => {
      const limiter = new RateLimiters(store).define({ name: 'back', points: 1, windowSeconds: 1 });
      await limiter.consume('key');
      await limiter.reset('key');
      await limiter.consume('key');
      await expect(limiter.consume('key')).rejects.toMatchObject({ retryAfter: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await limiter.consume('key');
    });

    it('refuses keys that would not fit', async () => {
      const limiter = new RateLimiters(store).define({ name: 'x'.repeat(50), points: 1, windowSeconds: 1 });
      await expect(limiter.consume('')).rejects.toThrow('1 to 200');
      await expect(limiter.consume('k'.repeat(201))).rejects.toThrow('1 to 200');
      await limiter.consume('k'.repeat(200));
    });
  },
);

describe('a budget of the process', () => {
  const codeOf = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return null;
  };

  it('lets exactly the budget of each key through, and says when it is back', () => {
    const limiter = new RateLimiters({ kind: 'memory' }).defineLocal({
      name: 'local',
      points: 2,
      windowSeconds: 60,
    });
    limiter.consume('a');
    limiter.consume('a');
    const refusal = codeOf(() => limiter.consume('a'));
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect((refusal as { retryAfter: number }).retryAfter).toBeGreaterThanOrEqual(59);
    expect((refusal as { retryAfter: number }).retryAfter).toBeLessThanOrEqual(60);
    limiter.consume('b');
  });

  it('is back when the window is over', async () => {
    const limiter = new RateLimiters({ kind: 'memory' }).defineLocal({
      name: 'local',
      points: 1,
      windowSeconds: 1,
    });
    limiter.consume('a');
    expect(codeOf(() => limiter.consume('a'))).toMatchObject({ retryAfter: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    limiter.consume('a');
  });

  it('has a name of its own among all budgets', () => {
    const limiters = new RateLimiters({ kind: 'memory' });
    limiters.defineLocal({ name: 'login', points: 1, windowSeconds: 1 });
    expect(() => limiters.define({ name: 'login', points: 1, windowSeconds: 1 })).toThrow('already');
  });
});

it('tells which budget was spent', async () => {
  const spent: string[] = [];
  const limiters = new RateLimiters({ kind: 'memory' }, (budget) => spent.push(budget));
  const limiter = limiters.define({ name: 'one', points: 1, windowSeconds: 60 });
  const local = limiters.defineLocal({ name: 'two', points: 1, windowSeconds: 60 });
  await limiter.consume('a');
  local.consume('a');
  expect(spent).toEqual([]);
  await expect(limiter.consume('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(() => local.consume('a')).toThrow('Too many requests');
  expect(spent).toEqual(['one', 'two']);
});

it('forgets the rows of windows that are over', async () => {
  await database.exec('delete from rate_limit');
  const limiters = new RateLimiters({ kind: 'postgres', pool });
  await limiters.define({ name: 'short', points: 1, windowSeconds: 1 }).consume('key');
  await limiters.define({ name: 'long', points: 1, windowSeconds: 600 }).consume('key');
  await limiters.purgeExpired(new Date(Date.now() + 60_000));
  const { rows } = await database.query('select key from rate_limit');
  expect(rows).toEqual([{ key: 'long:key' }]);
});

it.each([
  ['fails', async () => Promise.reject(new Error('connect ECONNREFUSED'))],
  ['hangs', () => new Promise(() => undefined)],
])('lets nobody through when the store %s', async (_case, query) => {
  const broken = { query } as unknown as Pick<Pool, 'query'>;
  const limiters = new RateLimiters({ kind: 'postgres', pool: broken, timeoutMs: 50 });
  const limiter = limiters.define({ name: 'closed', points: 100, windowSeconds: 60 });
  await expect(limiter.consume('key')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 1 });
});

it('refuses budgets that make no sense', () => {
  const limiters = new RateLimiters({ kind: 'memory' });
  limiters.define({ name: 'login', points: 1, windowSeconds: 1 });
  expect(() => limiters.define({ name: 'login', points: 1, windowSeconds: 1 })).toThrow('already');
  expect(() => limiters.define({ name: 'no:name', points: 1, windowSeconds: 1 })).toThrow('no name');
  expect(() => limiters.define({ name: 'none', points: 0, windowSeconds: 1 })).toThrow('positive');
  expect(() => limiters.define({ name: 'half', points: 1, windowSeconds: 0.5 })).toThrow('positive');
});
