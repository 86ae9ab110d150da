import { afterEach, expect, test } from 'vitest';
import { sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import type { ConfigOverrides } from '../../support/config.js';
import { generousLimits, newVerifiedPerson } from '../../support/email-flows.js';
import { addEmailCode } from '../../support/second-factors.js';
import { firstStep, newGuarded, newUnguarded, verifyFactor, attemptOf } from '../../support/second-step.js';

const clock = new FakeClock();
let app: TestApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function startWith(mfa: ConfigOverrides['mfa'] = {}): Promise<TestApp> {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, mfa } });
  return app;
}

async function login(
  { browser, email }: { browser: Browser; email: string },
  password?: string,
): Promise<Record<string, unknown>> {
  const answer = await firstStep(browser, { email, ...(password === undefined ? {} : { password }) });
  expect(answer.errors).toEqual([]);
  return answer.data?.['login'];
}

test('by default nobody without a second factor is asked for one', async () => {
  const started = await startWith();
  expect(await login(await newUnguarded(started))).toMatchObject({
    __typename: 'LoginSucceeded',
    secondFactorDeadline: null,
  });
});

test('where every account must have one, those that were there before enrol one too', async () => {
  const started = await startWith({ requiredForAllUsers: true });
  const person = await newUnguarded(started);
  expect((await login(person))['__typename']).toBe('SecondFactorEnrolmentRequired');
});

test('where new accounts must have one, those are asked, and the ones from before are not', async () => {
  const started = await startWith({ requiredForNewUsers: true });
  const person = await newUnguarded(started);
  expect((await login(person))['__typename']).toBe('SecondFactorEnrolmentRequired');
  await sql(started, 'update users set second_factor_required = false where email = ?', [person.email]);
  expect((await login(person))['__typename']).toBe('LoginSucceeded');
});

test('where a role must have one, its holders are asked and others are not', async () => {
  const started = await startWith({ requiredRoles: ['system_admin'] });
  const admin = { browser: new Browser(started.url), email: ADMIN.email };
  expect((await login(admin, ADMIN.password))['__typename']).toBe('SecondFactorEnrolmentRequired');
  expect((await login(await newUnguarded(started)))['__typename']).toBe('LoginSucceeded');
});

test('the time to enrol begins with the first sign-in that asks, is told, kept, and not renewed', async () => {
  const started = await startWith({ requiredForAllUsers: true, enrolmentGraceSeconds: 3600 });
  const person = await newUnguarded(started);
  clock.advance(7200);
  const first = await login(person);
  const deadline = new Date(clock.now().getTime() + 3_600_000).toISOString();
  expect(first).toMatchObject({ __typename: 'LoginSucceeded', secondFactorDeadline: deadline });
  clock.advance(1800);
  expect(await login(person)).toMatchObject({ secondFactorDeadline: deadline });
  clock.advance(1800);
  expect((await login(person))['__typename']).toBe('SecondFactorEnrolmentRequired');
});

test('many first sign-ins at once are given one deadline', async () => {
  const started = await startWith({ requiredForAllUsers: true, enrolmentGraceSeconds: 3600 });
  const { email } = await newUnguarded(started);
  const logins = Array.from({ length: 4 }, () => login({ browser: new Browser(started.url), email }));
  const deadlines = (await Promise.all(logins)).map((each) => each['secondFactorDeadline']);
  expect(new Set(deadlines).size).toBe(1);
  expect(deadlines[0]).toEqual(expect.any(String));
});

test('codes by mail are offered with the address masked', async () => {
  const started = await startWith();
  const person = await newVerifiedPerson(started);
  await addEmailCode(started, person);
  const asked = await login({ browser: new Browser(started.url), email: person.email });
  expect(asked).toMatchObject({
    factors: expect.arrayContaining([
      expect.objectContaining({ kind: 'EMAIL_CODE', hint: expect.any(String) }),
    ]),
  });
  expect(JSON.stringify(asked)).not.toContain(person.email);
});

test('recovery codes are offered while some are left, and complete the sign-in once each', async () => {
  const started = await startWith();
  const person = await newGuarded(started, clock);
  const [code] = person.totp.recoveryCodes;
  const input = { kind: 'RECOVERY_CODE', code };
  const first = await attemptOf(person.browser, person);
  const answer = await verifyFactor(person.browser, { attemptToken: first, ...input });
  expect(answer.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
  person.browser.accessToken = undefined;
  const second = await attemptOf(person.browser, person);
  expect((await verifyFactor(person.browser, { attemptToken: second, ...input })).code).toBe(
    'FACTOR_REFUSED',
  );
});
