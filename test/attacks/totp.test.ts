import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { addTotp, answerLogin, beginLogin, type EnrolledTotp } from '../support/second-factors.js';
import { totpCode } from '../support/totp.js';
import { TotpFactor } from '../../src/features/mfa/factors/totp/totp.factor.js';

// A code that somebody has seen (over a shoulder, in a phishing page, in transit) is worth nothing once it was used,
// nor is one from before it: however many try at once, and whatever the clock does.

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  const lockout = { threshold: 100 };
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, lockout } });
});
afterAll(() => app.close());

interface Owner {
  readonly person: Person;
  readonly totp: EnrolledTotp;
}

/** Somebody whose app has had time for a code that was not used yet. */
async function owner(): Promise<Owner> {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  clock.advance(300);
  return { person, totp };
}

/** The code of the app so many seconds from now. */
const codeIn = ({ totp }: Owner, seconds = 0): string =>
  totpCode(totp.secret, new Date(clock.now().getTime() + seconds * 1000));

async function signIn({ person }: Owner, code: string): Promise<string> {
  const { code: refusal } = await answerLogin(await beginLogin(app, person), { kind: 'TOTP', code });
  return refusal ?? 'signed in';
}

test('a code works once', async () => {
  const one = await owner();
  const code = codeIn(one);
  expect([await signIn(one, code), await signIn(one, code)]).toEqual(['signed in', 'FACTOR_REFUSED']);
});

test('after the code of a step, those of earlier steps work no more, and that of the next one does', async () => {
  const one = await owner();
  expect(await signIn(one, codeIn(one))).toBe('signed in');
  expect(await signIn(one, codeIn(one, -30))).toBe('FACTOR_REFUSED');
  expect(await signIn(one, codeIn(one, 30))).toBe('signed in');
  expect(await signIn(one, codeIn(one))).toBe('FACTOR_REFUSED');
});

test.each([-60, 60, -3600, 3600])('a code from %i seconds away does not work', async (seconds) => {
  const one = await owner();
  expect(await signIn(one, codeIn(one, seconds))).toBe('FACTOR_REFUSED');
});

test('of twenty who have one code at once, each with a sign-in of their own, one gets in', async () => {
  const one = await owner();
  const code = codeIn(one);
  const logins = await Promise.all(Array.from({ length: 20 }, () => beginLogin(app, one.person)));
  const before = await sessionsOf(one);
  const answers = await Promise.all(logins.map((login) => answerLogin(login, { kind: 'TOTP', code })));
  const outcomes = answers.map(({ code: refusal }) => refusal ?? 'signed in');
  expect(outcomes.filter((outcome) => outcome === 'signed in')).toHaveLength(1);
  expect((await sessionsOf(one)) - before).toBe(1);
});

test('of thirty who judge one code at once, one proves it', async () => {
  const one = await owner();
  const [code, user] = [codeIn(one), await app.services.users.getById(one.person.id)];
  // Beneath the budget and the lockout: nothing but the statement keeps them apart.
  const factor = new TotpFactor(app.services);
  const proofs = await Promise.all(Array.from({ length: 30 }, () => factor.verify(user, { code })));
  expect(proofs.filter((proof) => proof !== null)).toHaveLength(1);
});

describe('when the clock jumps', () => {
  test('back, a code that was used does not work again at its own time', async () => {
    const one = await owner();
    const code = codeIn(one);
    expect(await signIn(one, code)).toBe('signed in');
    for (const back of [30, 30, 240]) {
      clock.advance(-back);
      expect(await signIn(one, code)).toBe('FACTOR_REFUSED');
      expect(await signIn(one, codeIn(one))).toBe('FACTOR_REFUSED');
    }
    clock.advance(300);
    expect(await signIn(one, code)).toBe('FACTOR_REFUSED');
    clock.advance(30);
    expect(await signIn(one, codeIn(one))).toBe('signed in');
  });

  test('forward and back, the codes in between are worth nothing, and the first after them works', async () => {
    const one = await owner();
    clock.advance(3600);
    const ahead = codeIn(one);
    expect(await signIn(one, ahead)).toBe('signed in');
    clock.advance(-3600);
    expect(await signIn(one, codeIn(one))).toBe('FACTOR_REFUSED');
    clock.advance(3600);
    expect(await signIn(one, ahead)).toBe('FACTOR_REFUSED');
    clock.advance(30);
    expect(await signIn(one, codeIn(one))).toBe('signed in');
  });
});

test('the code of one account opens no other, and a secret that is copied to another row opens nothing', async () => {
  const [one, two] = [await owner(), await owner()];
  expect(await signIn(two, codeIn(one))).toBe('FACTOR_REFUSED');
  await sql(
    app,
    'update totp_factors set sealed_secret = (select sealed_secret from totp_factors where id = ?) where id = ?',
    [one.totp.factorId, two.totp.factorId],
  );
  expect(await signIn(two, codeIn(one))).toBe('INTERNAL');
});

async function sessionsOf({ person }: Owner): Promise<number> {
  const [row] = await sql(app, 'select count(*)::int as n from sessions where user_id = ?', [person.id]);
  return Number(row?.['n']);
}
