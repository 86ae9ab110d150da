import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { addTotp, confirmTotp, enrolTotp } from '../../support/second-factors.js';
import {
  attemptOf,
  completeLogin,
  firstStep,
  newUnguarded,
  verifyFactor,
} from '../../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { rateLimits: generousLimits, mfa: { requiredForNewUsers: true } },
  });
});
afterAll(() => app.close());

test('who must have a second factor and has none enrols one before there is a session, and then has one at aal2', async () => {
  const { email, browser } = await newUnguarded(app);
  const answer = await firstStep(browser, { email });
  expect(answer.data?.['login']).toMatchObject({
    __typename: 'SecondFactorEnrolmentRequired',
    kinds: ['TOTP', 'PASSKEY', 'EMAIL_CODE'],
  });
  const { attemptToken } = answer.data?.['login'] ?? {};
  expect(
    await sql(app, 'select 1 from sessions s join users u on u.id = s.user_id where email = ?', [email]),
  ).toEqual([]);

  const totp = await addTotp(browser, { time: clock, attemptToken });
  expect(totp.recoveryCodes).toHaveLength(10);
  const completed = await completeLogin(browser, { attemptToken });
  expect(completed.errors).toEqual([]);
  const { tokens, __typename } = completed.data?.['completeLogin'] ?? {};
  expect(__typename).toBe('LoginSucceeded');
  const claims = claimsOf(tokens.accessToken);
  expect(claims).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });

  const [factor] = await sql(app, 'select created_by_session_id from totp_factors where id = ?', [
    totp.factorId,
  ]);
  expect(factor?.['created_by_session_id']).toBe(claims.sid);
  expect((await completeLogin(browser, { attemptToken })).code).toBe('ATTEMPT_INVALID');
});

test('before a factor is confirmed it is refused, and the attempt goes on', async () => {
  const { email, browser } = await newUnguarded(app);
  const attemptToken = await attemptOf(browser, { email });
  expect((await completeLogin(browser, { attemptToken })).code).toBe('SECOND_FACTOR_NOT_ENROLLED');
  const { data } = await enrolTotp(browser, { attemptToken });
  expect((await completeLogin(browser, { attemptToken })).code).toBe('SECOND_FACTOR_NOT_ENROLLED');
  const { factorId } = data?.['enrolTotp'] ?? {};
  expect((await confirmTotp(browser, { attemptToken, factorId, code: 'none' })).errors).toHaveLength(1);
  expect((await completeLogin(browser, { attemptToken })).code).toBe('SECOND_FACTOR_NOT_ENROLLED');
  await addTotp(browser, { time: clock, attemptToken });
  expect((await completeLogin(browser, { attemptToken })).data?.['completeLogin'].__typename).toBe(
    'LoginSucceeded',
  );
});

test('on another device, without its cookie, it is refused without a loss to the owner', async () => {
  const { email, browser } = await newUnguarded(app);
  const attemptToken = await attemptOf(browser, { email });
  await addTotp(browser, { time: clock, attemptToken });
  for (const other of [app.client(), new Browser(app.url)]) {
    expect((await completeLogin(other, { attemptToken })).code).toBe('ATTEMPT_INVALID');
  }
  expect((await completeLogin(browser, { attemptToken })).errors).toEqual([]);
});

test('an attempt that waits for a factor which is there neither enrols another nor is completed without it', async () => {
  const { email, browser } = await newUnguarded(app);
  const first = await attemptOf(browser, { email });
  await addTotp(browser, { time: clock, attemptToken: first });
  expect((await completeLogin(browser, { attemptToken: first })).errors).toEqual([]);

  const another = new Browser(app.url);
  const waiting = await attemptOf(another, { email });
  expect((await completeLogin(another, { attemptToken: waiting })).code).toBe('ATTEMPT_INVALID');
  expect((await enrolTotp(another, { attemptToken: waiting })).code).toBe('ATTEMPT_INVALID');
});

test('an attempt that waits for an enrolment is not completed by an answer to a factor', async () => {
  const { email, browser } = await newUnguarded(app);
  const attemptToken = await attemptOf(browser, { email });
  expect((await verifyFactor(browser, { attemptToken, code: '000000' })).code).toBe('ATTEMPT_INVALID');
});

test('of twenty completions at once, one opens a session', async () => {
  const { email, browser } = await newUnguarded(app);
  const attemptToken = await attemptOf(browser, { email });
  await addTotp(browser, { time: clock, attemptToken });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => completeLogin(browser, { attemptToken })),
  );
  const opened = answers.filter(({ data }) => data?.['completeLogin']?.__typename === 'LoginSucceeded');
  expect(opened).toHaveLength(1);
  const refused = answers.filter((answer) => !opened.includes(answer)).map(({ code }) => code);
  expect(new Set(refused)).toEqual(new Set(['ATTEMPT_INVALID']));
  const sessions = await sql(
    app,
    'select 1 from sessions s join users u on u.id = s.user_id where email = ?',
    [email],
  );
  expect(sessions).toHaveLength(1);
});
