import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgottenAfterSeconds, retryAfterSeconds } from '../../../../src/features/lockout/lockout.policy.js';
import {
  type Answer,
  ELSEWHERE,
  fail,
  guess,
  HOME,
  judged,
  later,
  lockout,
  now,
  prepareLockout,
  query,
  settings,
} from './lockout-fixture.js';

prepareLockout();

describe('a burst of fifty guesses at once', () => {
  const burst = (rightAt: number | null, ips: readonly string[] = [HOME]): Promise<Answer[]> =>
    Promise.all(Array.from({ length: 50 }, (_, i) => guess(i === rightAt, ips[i % ips.length] ?? HOME)));

  it('is judged five times when all are wrong', async () => {
    const answers = await burst(null);
    expect(judged(answers)).toBe(5);
    expect(await guess(true)).toEqual({ retryAfter: 30 });
  });

  it.each([0, 2, 4, 5, 25, 49])('is judged five times with the right one at place %i', async (rightAt) => {
    const answers = await burst(rightAt);
    expect(judged(answers)).toBeLessThanOrEqual(5);
    expect(answers.includes('right')).toBe(rightAt < 5);
    for (const answer of answers)
      if (typeof answer === 'object') expect(answer.retryAfter).toBeGreaterThan(0);
  });

  it('is judged five times when it comes from ten networks', async () => {
    const ips = Array.from({ length: 10 }, (_, i) => `203.0.${i}.1`);
    expect(judged(await burst(null, ips))).toBe(5);
  });

  it('is judged once after a cooldown', async () => {
    await fail(5);
    later(30);
    expect(judged(await burst(null))).toBe(1);
  });

  it('is let in completely when all are right, and leaves no failure behind', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => guess(true)));
    expect(answers.filter((one) => one === 'right')).toHaveLength(50);
    const rows: unknown = await query(
      'select sum(failures)::int as failures, sum(pending)::int as pending from failure_counters',
    );
    expect(rows).toEqual([{ failures: 0, pending: 0 }]);
  });

  it('is let in completely when all are right and three failures went before', async () => {
    await fail(3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(true)));
    expect(answers.filter((one) => one === 'right')).toHaveLength(20);
  });

  it('does not starve those who wait when others keep coming', async () => {
    const client = async (): Promise<Answer[]> => {
      const answers: Answer[] = [];
      for (let i = 0; i < 4; i += 1) answers.push(await guess(true));
      return answers;
    };
    const answers = (await Promise.all(Array.from({ length: 12 }, client))).flat();
    expect(answers.filter((one) => one === 'right')).toHaveLength(48);
  });
});

describe('the statement', () => {
  it('agrees with the policy over any sequence of waits and failures', async () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(waits, fc.uuid(), async (steps, who) => {
        let failures = 0;
        let lastFailureAt = now();
        for (const seconds of steps) {
          later(seconds);
          const quiet = (now().getTime() - lastFailureAt.getTime()) / 1000;
          if (quiet >= forgottenAfterSeconds(settings, failures, 5)) failures = 0;
          const wait = retryAfterSeconds(settings, { failures, lastFailureAt }, 5, now());
          const answer = await guess(false, ELSEWHERE, who);
          expect(answer).toEqual(wait > 0 ? { retryAfter: wait } : 'wrong');
          if (answer === 'wrong') {
            failures += 1;
            lastFailureAt = now();
          }
        }
        await query('delete from failure_counters');
      }),
      { numRuns: 15 },
    );
  });

  it('leaves nothing behind that no longer counts', async () => {
    await fail(5);
    await guess(true, ELSEWHERE, 'known@example.com');
    later(3600 + 901);
    // Of the second account only what makes its network and its device known is kept.
    expect(await lockout.purge()).toBe(5);
    later(90 * 86_400);
    expect(await lockout.purge()).toBe(2);
  });
});
