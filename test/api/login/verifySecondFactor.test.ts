import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { attemptOf, firstStep, newGuarded, verifyFactor } from '../../support/second-step.js';
import { addTotp, nextCode } from '../../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

async function sessionsOf(userId: string): Promise<Record<string, unknown>[]> {
  return await sql(
    app,
    'select amr, acr, second_factor_at, opened_with, method, id from sessions where user_id = ? order by id',
    [userId],
  );
}

test('a password alone opens no session on an account with a second factor: it answers what would', async () => {
  const person = await newGuarded(app, clock);
  const before = await sessionsOf(person.id);
  const answer = await firstStep(person.browser, person);
  const login = answer.data?.['login'];
  expect(login).toMatchObject({
    __typename: 'SecondFactorRequired',
    factors: expect.arrayContaining([{ kind: 'TOTP', name: null, hint: null }]),
  });
  expect(new Date(login.expiresAt).getTime() - clock.now().getTime()).toBe(600_000);
  expect(await sessionsOf(person.id)).toEqual(before);
  expect([...person.browser.cookies.keys()]).toEqual([expect.stringMatching(/_device$/)]);
});

test('the second step opens a session at aal2, with both proofs, traced to the factor', async () => {
  const person = await newGuarded(app, clock);
  const attemptToken = await attemptOf(person.browser, person);
  const answer = await verifyFactor(person.browser, { attemptToken, code: person.code() });
  expect(answer.errors).toEqual([]);
  const { tokens, __typename, secondFactorDeadline } = answer.data?.['verifySecondFactor'] ?? {};
  expect({ __typename, secondFactorDeadline }).toEqual({
    __typename: 'LoginSucceeded',
    secondFactorDeadline: null,
  });
  expect(claimsOf(tokens.accessToken)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' });
  const [, session] = await sessionsOf(person.id);
  expect(session).toMatchObject({ method: 'password', acr: 'aal2' });
  expect(session?.['second_factor_at']).not.toBeNull();
  expect(session?.['opened_with']).toEqual([
    expect.stringMatching(`^password:${person.id}:`),
    `totp:${person.totp.factorId}`,
  ]);
  expect(await auditNamesOf(admin, person.id)).toEqual(
    expect.arrayContaining(['login.deferred', 'login.succeeded', 'session.created']),
  );
});

test('with cookies the tokens go into cookies, from a page that may use them', async () => {
  const person = await newGuarded(app, clock);
  const attemptToken = await attemptOf(person.browser, person);
  const foreign = await person.browser.send(
    'mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { __typename } }',
    { input: { attemptToken, kind: 'TOTP', code: '000000', transport: 'COOKIE' } },
    { origin: 'https://elsewhere.test' },
  );
  expect(foreign.code).toBe('CSRF_REFUSED');
  const answer = await verifyFactor(person.browser, {
    attemptToken,
    code: person.code(),
    transport: 'COOKIE',
  });
  expect(answer.data?.['verifySecondFactor']).toMatchObject({ tokens: null, csrfToken: expect.any(String) });
  person.browser.csrfToken = answer.data?.['verifySecondFactor'].csrfToken;
  expect((await person.browser.send('{ viewer { id } }')).data?.['viewer'].id).toBe(person.id);
});

describe('what is refused', () => {
  test('a wrong code, which is audited with its kind, opens nothing and leaves the attempt', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    expect((await verifyFactor(person.browser, { attemptToken, code: '12345' })).code).toBe('FACTOR_REFUSED');
    const { data } = await admin.send(
      `query ($userId: UUID!) { auditEvents(first: 3, filter: { userId: $userId }) { edges { node { name payload } } } }`,
      { userId: person.id },
    );
    const rows = data?.['auditEvents'].edges.map(({ node }: { node: object }) => node);
    expect(rows).toContainEqual({ name: 'login.failed', payload: { method: 'password', factor: 'totp' } });
    const right = await verifyFactor(person.browser, { attemptToken, code: person.code() });
    expect(right.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
  });

  test('a kind that was not offered', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    for (const kind of ['PASSKEY', 'EMAIL_CODE']) {
      const answer = await verifyFactor(person.browser, { attemptToken, kind, code: person.code() });
      expect(answer.code).toBe('FACTOR_UNAVAILABLE');
    }
  });

  test('an attempt that was completed, and one that was never made', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    expect((await verifyFactor(person.browser, { attemptToken, code: person.code() })).errors).toEqual([]);
    for (const token of [attemptToken, 'x', '', 'a'.repeat(200)]) {
      const answer = await verifyFactor(person.browser, { attemptToken: token, code: person.code() });
      expect(answer.code).toBe('ATTEMPT_INVALID');
    }
  });

  test('an answer after ten minutes', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    clock.advance(601);
    const answer = await verifyFactor(person.browser, { attemptToken, code: person.code() });
    expect(answer.code).toBe('ATTEMPT_INVALID');
  });

  test('empty, null and missing answers: a coded refusal, and no session', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const answers = [{}, { code: '' }, { code: null }, { credential: {} }];
    for (const more of answers) {
      const { status, code } = await verifyFactor(person.browser, { attemptToken, ...more });
      expect([code, status]).toEqual(['FACTOR_REFUSED', 401]);
    }
    expect(await sessionsOf(person.id)).toHaveLength(1);
  });
});

test('of two factors of one kind, each completes the sign-in', async () => {
  const person = await newGuarded(app, clock);
  clock.advance(60);
  const other = await addTotp(person.client, { time: clock, name: 'My tablet' });
  const browser = new Browser(app.url);
  const attemptToken = await attemptOf(browser, person);
  const answer = await verifyFactor(browser, { attemptToken, code: nextCode(other, clock) });
  expect(answer.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
});
