import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FailureCounterSchema } from '../../../../src/features/lockout/failure-counter.entity.js';
import {
  forgottenAfterSeconds,
  type LockoutSettings,
  retryAfterSeconds,
} from '../../../../src/features/lockout/lockout.policy.js';
import { LockoutService } from '../../../../src/features/lockout/lockout.service.js';
import { AuthError } from '../../../../src/kernel/errors.js';
import { sha256Hex } from '../../../../src/platform/crypto/fingerprint.js';
import { type Orm, openOrm } from '../../../../src/platform/database/orm.js';
import { openStatements, type Statements } from '../../../../src/platform/database/statements.js';

const settings: LockoutSettings = {
  threshold: 5,
  windowSeconds: 900,
  baseSeconds: 30,
  capSeconds: 3600,
  networkFactor: 20,
  knownNetworkSeconds: 30 * 86_400,
};
const HOME = '192.0.2.7';
const ELSEWHERE = '198.51.100.9';
const account = 'ada@example.com';

let orm: Orm;
let statements: Statements;
let now: Date;
let lockout: LockoutService;

function newService(): LockoutService {
  return new LockoutService({ statements, clock: { now: () => now }, settings, fingerprint: sha256Hex });
}

beforeAll(async () => {
  orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, [FailureCounterSchema]);
  await orm.schema.create();
  statements = await openStatements(orm, 'embedded');
});

beforeEach(async () => {
  now = new Date('2026-11-22T10:00:00.000Z');
  lockout = newService();
  await orm.em.getConnection().execute('delete from failure_counters');
});

afterAll(async () => {
  await orm.close();
});

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
}

type Answer = 'right' | 'wrong' | { readonly retryAfter: number | undefined };

/** One guess, with a verification that takes a while, as a password hash does. */
async function guess(right: boolean, ip = HOME, who = account, service = lockout): Promise<Answer> {
  try {
    const attempt = await service.attempt({ account: who, ip });
    await sleep(2);
    await (right ? attempt.succeeded() : attempt.failed());
    return right ? 'right' : 'wrong';
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOO_MANY_ATTEMPTS')
      return { retryAfter: error.retryAfter };
    throw error;
  }
}

async function fail(times: number, ip = HOME, who = account): Promise<void> {
  for (let i = 0; i < times; i += 1) expect(await guess(false, ip, who)).toBe('wrong');
}

const judged = (answers: readonly Answer[]): number =>
  answers.filter((one) => typeof one === 'string').length;

describe('one account', () => {
  it('is closed for 30 s by the fifth failure, for the right secret too, and says how long', async () => {
    await fail(5);
    expect(await guess(true)).toEqual({ retryAfter: 30 });
    later(12.5);
    expect(await guess(false)).toEqual({ retryAfter: 18 });
    later(17.499);
    expect(await guess(true)).toEqual({ retryAfter: 1 });
    later(0.001);
    expect(await guess(true)).toBe('right');
  });

  it('is not held closed by those who go on knocking', async () => {
    await fail(5);
    for (let second = 0; second < 30; second += 1) {
      expect(await guess(false)).toEqual({ retryAfter: 30 - second });
      later(1);
    }
    expect(await guess(true)).toBe('right');
  });

  it('pays double for each further failure, up to an hour', async () => {
    await fail(5);
    for (const cost of [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]) {
      expect(await guess(true)).toEqual({ retryAfter: cost });
      later(cost);
      await fail(1);
    }
  });

  it('starts afresh after a success', async () => {
    await fail(4);
    expect(await guess(true)).toBe('right');
    await fail(4);
    expect(await guess(true)).toBe('right');
  });

  it('starts afresh after a quiet window, not before', async () => {
    await fail(4);
    later(899);
    await fail(1);
    expect(await guess(true)).toEqual({ retryAfter: 30 });
    later(930);
    await fail(4);
    expect(await guess(true)).toBe('right');
  });

  it('starts afresh when it is cleared', async () => {
    await fail(5);
    await lockout.clear(account);
    expect(await guess(true)).toBe('right');
  });

  it('is judged by one count whichever service instance, process or flow asks', async () => {
    await fail(3);
    const other = newService();
    expect(await guess(false, HOME, account, other)).toBe('wrong');
    expect(await guess(false, HOME, account, other)).toBe('wrong');
    expect(await guess(true)).toEqual({ retryAfter: 30 });
  });

  it('keeps its count when nobody tells the verdict', async () => {
    for (let i = 0; i < 5; i += 1) await lockout.attempt({ account, ip: HOME });
    later(29);
    // Half a minute without a verdict: those who asked have died.
    later(2);
    expect(await guess(false)).toBe('wrong');
    expect(await guess(true)).toEqual({ retryAfter: 60 });
  });

  it('is not charged for an attempt that was never judged, nor twice for one verdict', async () => {
    await fail(4);
    const busy = await lockout.attempt({ account, ip: HOME });
    await busy.withdrawn();
    await busy.withdrawn();
    await busy.failed();
    const wrong = await lockout.attempt({ account, ip: HOME });
    expect(await wrong.failed()).toEqual({ lockoutStarted: ['account', 'account_on_network'] });
    await wrong.succeeded();
    expect(await guess(true)).toEqual({ retryAfter: 30 });
  });

  it('reports the start of its lockout once', async () => {
    const started: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const attempt = await lockout.attempt({ account, ip: HOME });
      started.push(...(await attempt.failed()).lockoutStarted);
    }
    expect(started).toEqual([]);
    const fifth = await lockout.attempt({ account, ip: HOME });
    expect((await fifth.failed()).lockoutStarted).toEqual(['account', 'account_on_network']);
    later(30);
    const sixth = await lockout.attempt({ account, ip: HOME });
    expect((await sixth.failed()).lockoutStarted).toEqual([]);
  });

  it('can be looked at without being charged', async () => {
    await fail(4);
    for (let i = 0; i < 10; i += 1) await lockout.assertOpen({ account, ip: HOME });
    await fail(1);
    await expect(lockout.assertOpen({ account, ip: HOME })).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      status: 429,
      retryAfter: 30,
    });
  });
});

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
    const rows: unknown = await orm.em
      .getConnection()
      .execute('select sum(failures)::int as failures, sum(pending)::int as pending from failure_counters');
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

describe('one network', () => {
  it('is closed by a hundred failures over many accounts, and other networks are not', async () => {
    for (let i = 0; i < 100; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    expect(await guess(true, HOME, 'somebody@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, '192.0.2.250', 'somebody@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, ELSEWHERE, 'somebody@example.com')).toBe('right');
  });

  it('is not forgiven its failures by a success on an account of its own', async () => {
    for (let i = 0; i < 99; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    expect(await guess(true, HOME, 'mallory@example.com')).toBe('right');
    await fail(1, HOME, 'user-99@example.com');
    expect(await guess(true, HOME, 'mallory@example.com')).toEqual({ retryAfter: 30 });
  });

  it('that is closed does not charge the accounts that are tried from it', async () => {
    for (let i = 0; i < 100; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    for (let i = 0; i < 10; i += 1) expect(await guess(false, HOME)).toEqual({ retryAfter: 30 });
    await fail(4, ELSEWHERE);
    expect(await guess(true, ELSEWHERE)).toBe('right');
  });

  it('lets more right attempts pass at once than it has failures to spend', async () => {
    const answers = await Promise.all(
      Array.from({ length: 150 }, (_, i) => guess(true, HOME, `user-${i}@example.com`)),
    );
    expect(answers.filter((one) => one === 'right')).toHaveLength(150);
  });
});

describe('a stranger', () => {
  it('cannot lock somebody out of a network they have signed in from', async () => {
    expect(await guess(true, HOME)).toBe('right');
    await fail(5, ELSEWHERE);
    for (let i = 0; i < 50; i += 1) expect(await guess(false, ELSEWHERE)).not.toBe('wrong');
    expect(await guess(true, '203.0.113.5')).toEqual({ retryAfter: 30 });
    expect(await guess(true, HOME)).toBe('right');
  });

  it('in that network has five guesses and no more', async () => {
    expect(await guess(true, HOME)).toBe('right');
    await fail(5, ELSEWHERE);
    await fail(5, HOME);
    expect(await guess(true, HOME)).toEqual({ retryAfter: 30 });
  });

  it('can lock them out of it again when it has not been used for a month', async () => {
    expect(await guess(true, HOME)).toBe('right');
    later(30 * 86_400 + 1);
    await fail(5, ELSEWHERE);
    expect(await guess(true, HOME)).toEqual({ retryAfter: 30 });
  });

  it('learns nothing about an account from its name: hostile names are counted like any other', async () => {
    const names = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('x'.repeat(100_000)));
    const ips = fc.oneof(fc.constant(null), fc.string(), fc.ipV4(), fc.ipV6());
    await fc.assert(
      fc.asyncProperty(names, ips, async (name, ip) => {
        const attempt = await lockout.attempt({ account: name, ip });
        await attempt.withdrawn();
      }),
      { numRuns: 50 },
    );
    const rows = JSON.stringify(await orm.em.getConnection().execute('select * from failure_counters'));
    expect(rows).not.toContain(HOME);
  });
});

describe('the statement', () => {
  it('agrees with the policy over any sequence of waits and failures', async () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(waits, fc.uuid(), async (steps, who) => {
        let failures = 0;
        let lastFailureAt = now;
        for (const seconds of steps) {
          later(seconds);
          const quiet = (now.getTime() - lastFailureAt.getTime()) / 1000;
          if (quiet >= forgottenAfterSeconds(settings, failures, 5)) failures = 0;
          const wait = retryAfterSeconds(settings, { failures, lastFailureAt }, 5, now);
          const answer = await guess(false, ELSEWHERE, who);
          expect(answer).toEqual(wait > 0 ? { retryAfter: wait } : 'wrong');
          if (answer === 'wrong') {
            failures += 1;
            lastFailureAt = now;
          }
        }
        await orm.em.getConnection().execute('delete from failure_counters');
      }),
      { numRuns: 15 },
    );
  });

  it('leaves nothing behind that no longer counts', async () => {
    await fail(5);
    await guess(true, ELSEWHERE, 'known@example.com');
    later(3600 + 901);
    // Of the second account only what makes its network known is kept.
    expect(await lockout.purge()).toBe(5);
    later(30 * 86_400);
    expect(await lockout.purge()).toBe(1);
  });
});
