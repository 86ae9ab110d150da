import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../support/accounts.js';
import { changed } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { confirmChange, generousLimits, mailedChange, undoChange } from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { NEW_PASSWORD, requestReset, reset } from '../support/passwords.js';
import { addTotp, nextCode, removeFactor } from '../support/second-factors.js';
import { attemptOf, type Guarded, newGuarded, verifyFactor } from '../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** Signed in anew, so that nothing asks for a step-up. */
async function freshSessionOf(person: Guarded): Promise<Browser> {
  const browser = new Browser(app.url);
  const attemptToken = await attemptOf(browser, person);
  const { data, errors } = await verifyFactor(browser, { attemptToken, code: person.code() });
  expect(errors).toEqual([]);
  browser.accessToken = data?.['verifySecondFactor'].tokens.accessToken;
  return browser;
}

describe('an attempt is over for good with', () => {
  const ends: Readonly<Record<string, (person: Guarded, session: Browser) => Promise<unknown>>> = {
    'a change of password': async (_person, session) =>
      await session.send(
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }',
        { input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } },
      ),
    'a password that an admin sets': async ({ id }) =>
      await (await app.adminClient()).send(
        'mutation ($input: SetUserPasswordInput!) { setUserPassword(input: $input) { __typename } }',
        { input: { userId: id, newPassword: NEW_PASSWORD } },
      ),
    'a reset of the password': async ({ email }) => {
      await requestReset(app.client(), email);
      return await reset(app.client(), tokenIn(await lastMailTo(app, email)));
    },
    'another address': async (_person, session) => {
      const { token } = await mailedChange(app, session, newAddress());
      return await confirmChange(app.client(), { token });
    },
    'a factor that is removed, be it another one': async (_person, session) => {
      const other = await addTotp(session, { time: clock, name: 'Another' });
      return await removeFactor(session, other.factorId);
    },
    'a deactivation, even if it is taken back': async ({ id }) => {
      const admin = await app.adminClient();
      await changed(admin, 'deactivateUser', { userId: id, reason: 'a test' });
      await changed(admin, 'reactivateUser', { userId: id });
      return { errors: [] };
    },
  };

  test.each(Object.entries(ends))('%s', async (_name, end) => {
    const person = await newGuarded(app, clock);
    const session = await freshSessionOf(person);
    const browser = new Browser(app.url);
    const attemptToken = await attemptOf(browser, person);
    expect(await end(person, session)).toMatchObject({ errors: [] });
    const answer = await verifyFactor(browser, { attemptToken, code: person.code() });
    expect(answer.code).toBe('ATTEMPT_INVALID');
  });

  test('an address that is taken back', async () => {
    const person = await newGuarded(app, clock);
    const session = await freshSessionOf(person);
    const moved = newAddress();
    const { token } = await mailedChange(app, session, moved);
    expect((await confirmChange(app.client(), { token })).errors).toEqual([]);
    const undo = tokenIn(await lastMailTo(app, person.email));
    const browser = new Browser(app.url);
    const attemptToken = await attemptOf(browser, { email: moved });
    expect((await undoChange(app.client(), undo)).errors).toEqual([]);
    expect((await verifyFactor(browser, { attemptToken, code: person.code() })).code).toBe('ATTEMPT_INVALID');
  });
});

describe('another device', () => {
  test('with its own cookie, or none, gets nowhere with the right code, and costs the owner no try', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const thief = await newGuarded(app, clock);
    await attemptOf(thief.browser, thief);
    const code = person.code();
    for (let each = 0; each < 6; each += 1) {
      for (const other of [thief.browser, app.client(), new Browser(app.url)]) {
        expect((await verifyFactor(other, { attemptToken, code })).code).toBe('ATTEMPT_INVALID');
      }
    }
    const own = await verifyFactor(person.browser, { attemptToken, code });
    expect(own.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
  });

  test('with a cookie that was changed gets nowhere', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const forger = new Browser(app.url);
    for (const [name, value] of person.browser.cookies) forger.cookies.set(name, `${value}x`);
    const answer = await verifyFactor(forger, { attemptToken, code: person.code() });
    expect(answer.code).toBe('ATTEMPT_INVALID');
  });
});

describe('guesses', () => {
  test('an attempt takes ten answers, and then not the right one either', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const codes: (string | undefined)[] = [];
    for (let each = 0; each < 10; each += 1) {
      codes.push((await verifyFactor(person.browser, { attemptToken, code: 'wrong' })).code);
    }
    expect(new Set(codes)).toEqual(new Set(['FACTOR_REFUSED', 'TOO_MANY_ATTEMPTS']));
    clock.advance(3600);
    const right = await verifyFactor(person.browser, { attemptToken, code: person.code() });
    expect(right.code).toBe('ATTEMPT_INVALID');
  });

  test('are shared with those at the password, over any number of attempts: half a proof gives none back', async () => {
    const person = await newGuarded(app, clock);
    for (let each = 0; each < 5; each += 1) {
      const attemptToken = await attemptOf(person.browser, person);
      expect((await verifyFactor(person.browser, { attemptToken, code: 'wrong' })).code).toBe(
        'FACTOR_REFUSED',
      );
    }
    const input = { email: person.email, password: PASSWORD };
    expect((await app.client().login(input)).code).toBe('TOO_MANY_ATTEMPTS');
  });

  test('of the two right codes of two apps at once, one uses the attempt up', async () => {
    const person = await newGuarded(app, clock);
    const session = await freshSessionOf(person);
    const other = await addTotp(session, { time: clock, name: 'Another' });
    const attemptToken = await attemptOf(person.browser, person);
    const codes = [person.code(), nextCode(other, clock)];
    const answers = await Promise.all(
      codes.map((code) => verifyFactor(person.browser, { attemptToken, code })),
    );
    const types = answers.map(({ data, code }) => data?.['verifySecondFactor']?.__typename ?? code);
    expect(new Set(types)).toEqual(new Set(['ATTEMPT_INVALID', 'LoginSucceeded']));
  });
});

describe('over a websocket', () => {
  const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
    ... on SecondFactorRequired { attemptToken } } }`;
  const VERIFY = `mutation ($input: VerifySecondFactorInput!) {
    verifySecondFactor(input: $input) { __typename } }`;

  test('both steps can be taken, and another agent on the same network cannot take the second', async () => {
    const person = await newGuarded(app, clock);
    const socket = app.client().socket(null);
    const ask = async (query: string, input: object) => {
      for await (const result of socket.iterate({ query, variables: { input } })) return result;
      return undefined;
    };
    const begun = await ask(LOGIN, { email: person.email, password: PASSWORD });
    const attemptToken = Object(begun?.data?.['login']).attemptToken;
    const input = { attemptToken, kind: 'TOTP', code: person.code() };
    const elsewhere = await app.client().send(VERIFY, { input }, { 'user-agent': 'another' });
    expect(elsewhere.code).toBe('ATTEMPT_INVALID');
    const done = await ask(VERIFY, input);
    expect(done?.data?.['verifySecondFactor']).toEqual({ __typename: 'LoginSucceeded' });
    await socket.dispose();
  });
});
