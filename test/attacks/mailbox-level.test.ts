import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { newVerifiedPerson } from '../support/email-flows.js';
import { sessionOf } from '../support/lineage.js';
import { loginLinksOn, loginWithLink, mailedLogin } from '../support/login-links.js';
import { addTotp } from '../support/second-factors.js';
import { verifyFactor } from '../support/second-step.js';
import { reauthenticate } from '../support/step-up.js';
import { totpCode } from '../support/totp.js';

// A mailbox is no authenticator: beside it, another factor stands alone, whenever it is proved.

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: loginLinksOn });
});
afterAll(() => app.close());

test('a session that began in a mailbox is lifted neither at sign-in nor by the same factor later', async () => {
  const { client, email } = await newVerifiedPerson(app);
  const totp = await addTotp(client, { time: clock });
  const { browser, token } = await mailedLogin(app, email);
  const { attemptToken } = (await loginWithLink(browser, { token })).data?.['loginWithLink'] ?? {};
  clock.advance(60);
  const { data } = await verifyFactor(browser, { attemptToken, code: totpCode(totp.secret, clock.now()) });
  browser.accessToken = data?.['verifySecondFactor'].tokens.accessToken;
  expect(claimsOf(browser.accessToken).acr).toBe('aal1');
  clock.advance(60);
  const proof = { kind: 'TOTP', code: totpCode(totp.secret, clock.now()) };
  expect((await reauthenticate(browser, proof)).errors).toEqual([]);
  expect(await sql(app, 'select acr from sessions where id = ?', [sessionOf(browser)])).toEqual([
    { acr: 'aal1' },
  ]);
});

test('nor by a factor that is added in its course', async () => {
  const { email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  expect((await loginWithLink(browser, { token })).errors).toEqual([]);
  await addTotp(browser, { time: clock });
  expect(await sql(app, 'select acr from sessions where id = ?', [sessionOf(browser)])).toEqual([
    { acr: 'aal1' },
  ]);
});
