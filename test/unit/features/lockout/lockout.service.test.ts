import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  account,
  ELSEWHERE,
  fail,
  guess,
  HOME,
  later,
  lockout,
  newService,
  prepareLockout,
  query,
  subject,
} from './lockout-fixture.js';

prepareLockout();

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
    for (let i = 0; i < 5; i += 1) await lockout.attempt(subject(account));
    later(29);
    // Half a minute without a verdict: those who asked have died.
    later(2);
    expect(await guess(false)).toBe('wrong');
    expect(await guess(true)).toEqual({ retryAfter: 60 });
  });

  it('is not charged for an attempt that was never judged, nor twice for one verdict', async () => {
    await fail(4);
    const busy = await lockout.attempt(subject(account));
    await busy.withdrawn();
    await busy.withdrawn();
    await busy.failed();
    const wrong = await lockout.attempt(subject(account));
    expect(await wrong.failed()).toEqual({ lockoutStarted: ['account', 'account_on_network'] });
    await wrong.succeeded();
    expect(await guess(true)).toEqual({ retryAfter: 30 });
  });

  it('reports the start of its lockout once', async () => {
    const started: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const attempt = await lockout.attempt(subject(account));
      started.push(...(await attempt.failed()).lockoutStarted);
    }
    expect(started).toEqual([]);
    const fifth = await lockout.attempt(subject(account));
    expect((await fifth.failed()).lockoutStarted).toEqual(['account', 'account_on_network']);
    later(30);
    const sixth = await lockout.attempt(subject(account));
    expect((await sixth.failed()).lockoutStarted).toEqual([]);
  });

  it('can be looked at without being charged', async () => {
    await fail(4);
    for (let i = 0; i < 10; i += 1) await lockout.assertOpen(subject(account));
    await fail(1);
    await expect(lockout.assertOpen(subject(account))).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      status: 429,
      retryAfter: 30,
    });
  });
});

describe('one network', () => {
  it('is closed by a hundred failures over many accounts, and other networks are not', async () => {
    for (let i = 0; i < 100; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    expect(await guess(true, HOME, 'somebody@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, '192.0.2.250', 'somebody@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, ELSEWHERE, 'somebody@example.com')).toBe('right');
  });

  it('is not forgiven its failures by a success; who is known there comes in all the same', async () => {
    for (let i = 0; i < 99; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    expect(await guess(true, HOME, 'mallory@example.com')).toBe('right');
    await fail(1, HOME, 'user-99@example.com');
    expect(await guess(true, HOME, 'user-100@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, HOME, 'mallory@example.com')).toBe('right');
    expect(await guess(true, HOME, 'user-100@example.com')).toEqual({ retryAfter: 30 });
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

  it('can lock them out of it again when it has not been used for 90 days', async () => {
    expect(await guess(true, HOME)).toBe('right');
    later(90 * 86_400 - 1);
    await fail(5, ELSEWHERE);
    expect(await guess(true, HOME)).toBe('right');
    later(90 * 86_400 + 1);
    await fail(5, ELSEWHERE);
    expect(await guess(true, HOME)).toEqual({ retryAfter: 30 });
  });

  it('learns nothing about an account from its name: hostile names are counted like any other', async () => {
    const names = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('x'.repeat(100_000)));
    const ips = fc.oneof(fc.constant(null), fc.string(), fc.ipV4(), fc.ipV6());
    await fc.assert(
      fc.asyncProperty(names, ips, async (name, ip) => {
        const attempt = await lockout.attempt({ account: name, ip, deviceId: null });
        await attempt.withdrawn();
      }),
      { numRuns: 50 },
    );
    const rows = JSON.stringify(await query('select * from failure_counters'));
    expect(rows).not.toContain(HOME);
  });
});
