import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits, newVerifiedPerson } from '../../support/email-flows.js';
import { codeIn, lastMailTo, mailsTo } from '../../support/mails.js';
import { addEmailCode } from '../../support/second-factors.js';
import { attemptOf, challengeFactor, newGuarded, verifyFactor } from '../../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** Somebody who takes codes by mail, and the first step of a sign-in of theirs. */
async function newAttempt() {
  const person = await newVerifiedPerson(app);
  await addEmailCode(app, person);
  const browser = new Browser(app.url);
  return { ...person, browser, attemptToken: await attemptOf(browser, person) };
}

test('a code by mail is sent on request, to a masked address, and completes that sign-in', async () => {
  const { email, browser, attemptToken } = await newAttempt();
  const before = (await mailsTo(app, email)).length;
  const asked = await challengeFactor(browser, { attemptToken, kind: 'EMAIL_CODE' });
  expect(asked.errors).toEqual([]);
  const { hint, challengeId, publicKey, expiresAt } = asked.data?.['challengeSecondFactor'] ?? {};
  expect(hint).not.toBe(email);
  expect(hint).toMatch(/@/);
  expect(publicKey).toBeNull();
  expect(new Date(expiresAt).getTime()).toBeGreaterThan(clock.now().getTime());
  expect(await mailsTo(app, email)).toHaveLength(before + 1);
  const code = codeIn(await lastMailTo(app, email));
  const answer = await verifyFactor(browser, { attemptToken, kind: 'EMAIL_CODE', challengeId, code });
  expect(answer.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
});

test('a code that was sent for one sign-in is worth nothing in another of the same person', async () => {
  const { email, browser, attemptToken } = await newAttempt();
  const { data } = await challengeFactor(browser, { attemptToken, kind: 'EMAIL_CODE' });
  const { challengeId } = data?.['challengeSecondFactor'] ?? {};
  const code = codeIn(await lastMailTo(app, email));
  const other = new Browser(app.url);
  const input = { attemptToken: await attemptOf(other, { email }), kind: 'EMAIL_CODE', challengeId, code };
  expect((await verifyFactor(other, input)).code).toBe('FACTOR_REFUSED');
});

test('a code of an app needs no challenge', async () => {
  const person = await newGuarded(app, clock);
  const attemptToken = await attemptOf(person.browser, person);
  const { data } = await challengeFactor(person.browser, { attemptToken, kind: 'TOTP' });
  const nothing = { hint: null, challengeId: null, publicKey: null, expiresAt: null };
  expect(data?.['challengeSecondFactor']).toEqual(nothing);
});

test('a kind that was not offered, another device and no attempt at all are refused, and no mail is written', async () => {
  const { email, browser, attemptToken } = await newAttempt();
  const before = (await mailsTo(app, email)).length;
  const refusals = [
    await challengeFactor(browser, { attemptToken, kind: 'TOTP' }),
    await challengeFactor(new Browser(app.url), { attemptToken, kind: 'EMAIL_CODE' }),
    await challengeFactor(app.client(), { attemptToken, kind: 'EMAIL_CODE' }),
    await challengeFactor(browser, { attemptToken: 'none', kind: 'EMAIL_CODE' }),
  ];
  expect(refusals.map(({ code }) => code)).toEqual([
    'FACTOR_UNAVAILABLE',
    'ATTEMPT_INVALID',
    'ATTEMPT_INVALID',
    'ATTEMPT_INVALID',
  ]);
  expect(await mailsTo(app, email)).toHaveLength(before);
});
