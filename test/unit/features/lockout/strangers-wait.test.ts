import { describe, expect, it } from 'vitest';
import {
  account,
  ELSEWHERE,
  fail,
  guess,
  HOME,
  later,
  lockout,
  prepareLockout,
  signIn,
  subject,
} from './lockout-fixture.js';

prepareLockout();

const AWAY = '203.0.113.5';

describe('while strangers have to wait', () => {
  it.each([
    ['device', AWAY],
    ['network', HOME],
  ])('the owner comes and goes on a known %s, and they neither see it nor gain by it', async (kind, ip) => {
    const laptop = await signIn(HOME);
    const place = kind === 'device' ? { ...laptop, ip } : ip;
    await fail(5, ELSEWHERE);
    later(10);
    expect(await guess(true, place)).toBe('right');
    expect(await guess(false, ELSEWHERE)).toEqual({ retryAfter: 20 });
    later(10);
    expect(await guess(false, place)).toBe('wrong');
    expect(await guess(true, place)).toBe('right');
    expect(await guess(false, ELSEWHERE)).toEqual({ retryAfter: 10 });
    later(10);
    expect(await guess(true, place)).toBe('right');
    await fail(1, '198.51.101.9');
    expect(await guess(false, '198.51.102.9')).toEqual({ retryAfter: 60 });
  });

  it('an attempt of the owner that is being judged does not show', async () => {
    const laptop = await signIn(HOME);
    await fail(5, ELSEWHERE);
    later(10);
    const attempt = await lockout.attempt(subject(account, laptop));
    expect(await guess(false, ELSEWHERE)).toEqual({ retryAfter: 20 });
    await attempt.succeeded();
  });

  it('the known device still has five guesses of its own', async () => {
    const laptop = await signIn(HOME);
    await fail(5, ELSEWHERE);
    await fail(5, laptop);
    expect(await guess(true, laptop)).toEqual({ retryAfter: 30 });
  });
});

describe('a success clears the account', () => {
  it('on a known device, of what failed there', async () => {
    const laptop = await signIn(HOME);
    await fail(4, laptop);
    expect(await guess(true, laptop)).toBe('right');
    await fail(4, ELSEWHERE);
    expect(await guess(true, ELSEWHERE)).toBe('right');
  });

  it('on a known device, of what closed it and the account', async () => {
    const laptop = await signIn(HOME);
    await fail(5, laptop);
    later(30);
    expect(await guess(true, laptop)).toBe('right');
    await fail(4, ELSEWHERE);
    expect(await guess(true, ELSEWHERE)).toBe('right');
  });

  it('on an unknown one, of whatever failed anywhere', async () => {
    await signIn(HOME);
    await fail(4, ELSEWHERE);
    expect(await guess(true, AWAY)).toBe('right');
    await fail(4, '198.51.101.9');
    expect(await guess(true, '198.51.101.9')).toBe('right');
  });
});
