import { describe, expect, it } from 'vitest';
import {
  type Answer,
  account,
  ELSEWHERE,
  fail,
  guess,
  HOME,
  judged,
  later,
  lockout,
  prepareLockout,
  query,
  signIn,
  subject,
} from './lockout-fixture.js';

prepareLockout();

const network = (i: number): string => `203.0.${i}.1`;

describe('a device that somebody has signed in from', () => {
  it('lets them in at once, wherever it is, while strangers keep the account closed', async () => {
    const laptop = await signIn();
    await fail(5, ELSEWHERE);
    expect(await guess(true, ELSEWHERE)).toEqual({ retryAfter: 30 });
    expect(await guess(true, { ...laptop, ip: network(1) })).toBe('right');
    expect(await guess(true, { ...laptop, ip: ELSEWHERE })).toBe('right');
  });

  it('lets them in from a network that is closed to everybody else', async () => {
    const laptop = await signIn(ELSEWHERE);
    for (let i = 0; i < 100; i += 1) await fail(1, HOME, `user-${i}@example.com`);
    expect(await guess(true, HOME, 'somebody@example.com')).toEqual({ retryAfter: 30 });
    expect(await guess(true, { ...laptop, ip: HOME })).toBe('right');
  });

  it('stays the same device at each sign-in', async () => {
    const laptop = await signIn();
    const again = await lockout.attempt(subject(account, laptop));
    expect(await again.succeeded()).toEqual({ deviceId: laptop.deviceId });
    expect(
      await query("select count(*)::int as count from failure_counters where key like 'device:%'"),
    ).toEqual([{ count: 1 }]);
  });

  it('has five guesses, and then waits longer each time, as any other place', async () => {
    const laptop = await signIn();
    await fail(5, laptop);
    expect(await guess(true, laptop)).toEqual({ retryAfter: 30 });
    later(30);
    await fail(1, laptop);
    expect(await guess(true, { ...laptop, ip: ELSEWHERE })).toEqual({ retryAfter: 60 });
  });

  it('says where the lockout began', async () => {
    const laptop = await signIn();
    await fail(4, laptop);
    const fifth = await lockout.attempt(subject(account, laptop));
    expect((await fifth.failed()).lockoutStarted).toEqual(['account', 'account_on_device']);
  });

  it('counts against the account what is guessed on it', async () => {
    const laptop = await signIn();
    await fail(5, laptop);
    expect(await guess(true, network(1))).toEqual({ retryAfter: 30 });
  });

  it('is a stranger to every other account', async () => {
    const laptop = await signIn();
    await fail(5, ELSEWHERE, 'grace@example.com');
    expect(await guess(true, laptop, 'grace@example.com')).toEqual({ retryAfter: 30 });
  });

  it('is a stranger after 90 days', async () => {
    const laptop = await signIn();
    later(90 * 86_400);
    await fail(5, ELSEWHERE);
    expect(await guess(true, laptop)).toEqual({ retryAfter: 30 });
  });
});

describe('a device that an attacker planted in the browser of somebody', () => {
  it('is replaced when they sign in, and stays a stranger to their account', async () => {
    const planted = await signIn(ELSEWHERE, 'mallory@example.com');
    const attempt = await lockout.attempt(subject(account, { ...planted, ip: HOME }));
    const { deviceId } = await attempt.succeeded();
    expect(deviceId).not.toBe(planted.deviceId);
    expect(await lockout.isKnownDevice({ account, deviceId: planted.deviceId })).toBe(false);
    expect(await lockout.isKnownDevice({ account, deviceId })).toBe(true);
  });

  it('neither closes their browser nor has guesses beyond the lock of the account', async () => {
    const planted = await signIn(ELSEWHERE, 'mallory@example.com');
    const attempt = await lockout.attempt(subject(account, { ...planted, ip: HOME }));
    const { deviceId } = await attempt.succeeded();
    await fail(5, planted);
    expect(await guess(false, planted)).toEqual({ retryAfter: 30 });
    expect(await guess(false, { ...planted, ip: network(1) })).toEqual({ retryAfter: 30 });
    expect(await guess(true, { deviceId, ip: network(2) })).toBe('right');
  });
});

describe('an attacker with a hundred devices of their own', () => {
  const mint = async (count: number): Promise<string[]> =>
    await Promise.all(
      Array.from(
        { length: count },
        async (_, i) => (await signIn(network(i), 'mallory@example.com')).deviceId,
      ),
    );

  it('has as many guesses on an account as with none', async () => {
    const devices = await mint(100);
    const answers: Answer[] = [];
    for (const [i, deviceId] of devices.entries())
      answers.push(await guess(false, { ip: network(i), deviceId }));
    expect(judged(answers)).toBe(5);
  });

  it('gains nothing by guessing from all of them at once', async () => {
    const devices = await mint(50);
    const answers = await Promise.all(
      devices.map((deviceId, i) => guess(i === 40, { ip: network(i), deviceId })),
    );
    expect(judged(answers)).toBe(5);
    expect(answers).not.toContain('right');
  });

  it('gains nothing in the network that the owner signs in from', async () => {
    await signIn(HOME);
    const devices = await mint(20);
    const answers: Answer[] = [];
    for (const deviceId of devices) answers.push(await guess(false, { ip: HOME, deviceId }));
    expect(judged(answers)).toBe(5);
  });

  it('does not open a network to guesses on many accounts', async () => {
    const devices = await mint(10);
    const answers: Answer[] = [];
    for (let i = 0; i < 150; i += 1) {
      const deviceId = devices[i % devices.length] ?? '';
      answers.push(await guess(false, { ip: HOME, deviceId }, `user-${i}@example.com`));
    }
    expect(judged(answers)).toBe(100);
  });
});
