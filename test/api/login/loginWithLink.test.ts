import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { newVerifiedPerson } from '../../support/email-flows.js';
import {
  loginLinksOn,
  loginWithLink,
  loginWithLinkCode,
  mailedLogin,
  requestLoginLink,
} from '../../support/login-links.js';
import { codeIn, lastMailTo, tokenIn } from '../../support/mails.js';
import { signInCode } from '../../support/passwords.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: loginLinksOn });
});
afterAll(async () => await app.close());

test('the link signs in, once, in the browser that asked', async () => {
  const { id, email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  const answer = await loginWithLink(browser, { token });
  expect(answer.data?.['loginWithLink']).toMatchObject({
    __typename: 'LoginSucceeded',
    user: { id, email, emailVerified: true },
  });
  expect((await browser.send('{ viewer { id } }')).data?.['viewer'].id).toBe(id);
  expect(await loginWithLinkCode(browser, { token })).toBe('CHALLENGE_INVALID');
});

test('the code signs in, once, with the id that asking gave, on whatever device', async () => {
  const { id, email } = await newVerifiedPerson(app);
  const { challengeId, code } = await mailedLogin(app, email);
  const device = app.client();
  expect((await loginWithLink(device, { challengeId, code })).data?.['loginWithLink'].user.id).toBe(id);
  expect(await loginWithLinkCode(device, { challengeId, code })).toBe('CHALLENGE_INVALID');
});

test('a mail signs in once: the code is worth nothing after the link, nor the link after the code', async () => {
  const { email } = await newVerifiedPerson(app);
  const first = await mailedLogin(app, email);
  expect(await loginWithLinkCode(first.browser, { token: first.token })).toBe('LoginSucceeded');
  expect(await loginWithLinkCode(first.browser, codeOf(first))).toBe('CHALLENGE_INVALID');
  const second = await mailedLogin(app, email);
  expect(await loginWithLinkCode(second.browser, codeOf(second))).toBe('LoginSucceeded');
  expect(await loginWithLinkCode(second.browser, { token: second.token })).toBe('CHALLENGE_INVALID');
});

test('the session says that it was opened by a one-time password, at the lower level', async () => {
  const { email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  await loginWithLink(browser, { token });
  expect(claimsOf(browser.accessToken)).toMatchObject({ amr: ['otp'], acr: 'aal1' });
  const [row] = await sql(app, 'select method from sessions where id = ?', [
    claimsOf(browser.accessToken).sid,
  ]);
  expect(row).toEqual({ method: 'login_link' });
});

test('with cookies, the tokens go into them', async () => {
  const { id, email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  const answer = await loginWithLink(browser, { token, transport: 'COOKIE' });
  expect(answer.data?.['loginWithLink']).toMatchObject({ tokens: null });
  browser.csrfToken = answer.data?.['loginWithLink'].csrfToken;
  expect((await browser.send('{ viewer { id } }')).data?.['viewer'].id).toBe(id);
});

test('a page elsewhere cannot make a browser sign in with cookies, and uses nothing up', async () => {
  const { email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  const elsewhere = new Browser(app.url, 'https://evil.test');
  for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
  expect(await loginWithLinkCode(elsewhere, { token, transport: 'COOKIE' })).toBe('CSRF_REFUSED');
  expect(await loginWithLinkCode(browser, { token, transport: 'COOKIE' })).toBe('LoginSucceeded');
});

test('the token is for the audience that the mail was asked for, or for the one named now', async () => {
  const admin = await app.adminClient();
  for (const identifier of ['https://shop.example.com', 'https://desk.example.com']) {
    const answer = await admin.send(
      'mutation ($input: RegisterAudienceInput!) { registerAudience(input: $input) { __typename } }',
      { input: { identifier } },
    );
    expect(answer.errors).toEqual([]);
  }
  const { email } = await newVerifiedPerson(app);
  for (const [audience, expected] of [
    [undefined, 'https://shop.example.com'],
    ['https://desk.example.com', 'https://desk.example.com'],
  ] as const) {
    const browser = new Browser(app.url);
    await requestLoginLink(browser, email, { audience: 'https://shop.example.com' });
    const token = tokenIn(await lastMailTo(app, email));
    await loginWithLink(browser, { token, ...(audience ? { audience } : {}) });
    expect(claimsOf(browser.accessToken)['aud']).toBe(expected);
  }
});

test('using it proves the address, also where nobody is signed in before that', async () => {
  const strict = await startTestApp({
    config: { ...loginLinksOn, registration: { requireVerifiedEmail: true } },
  });
  try {
    const email = newAddress();
    expect((await strict.client().signUp({ email, password: PASSWORD })).errors).toEqual([]);
    expect(await signInCode(strict, email, PASSWORD)).toBe('EmailVerificationRequired');
    const { browser, token } = await mailedLogin(strict, email);
    const answer = await loginWithLink(browser, { token });
    expect(answer.data?.['loginWithLink'].user).toMatchObject({ email, emailVerified: true });
    const [row] = await sql(strict, 'select id from users where email = ?', [email]);
    expect(await auditNamesOf(await strict.adminClient(), String(row?.['id']))).toContain('email.verified');
  } finally {
    await strict.close();
  }
});

test('an account without a password is opened by a link', async () => {
  const { email, id } = await newVerifiedPerson(app);
  await sql(app, 'delete from passwords where user_id = ?', [id]);
  const { browser, token } = await mailedLogin(app, email);
  expect(await loginWithLinkCode(browser, { token })).toBe('LoginSucceeded');
});

test('it is audited like every other sign-in', async () => {
  const { id, email } = await newVerifiedPerson(app);
  const { browser, token } = await mailedLogin(app, email);
  await loginWithLink(browser, { token });
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names).toEqual(
    expect.arrayContaining(['login_link.requested', 'login.succeeded', 'session.created']),
  );
});

test('after ten minutes link and code say that they have expired', async () => {
  const { id, email } = await newVerifiedPerson(app);
  const { browser, token, challengeId, code } = await mailedLogin(app, email);
  await sql(app, "update challenges set expires_at = now() - interval '1 second' where subject = ?", [id]);
  expect(await loginWithLinkCode(browser, { token })).toBe('CHALLENGE_EXPIRED');
  expect(await loginWithLinkCode(browser, { challengeId, code })).toBe('CHALLENGE_EXPIRED');
});

test.each([
  [{}],
  [{ token: 'a', code: '123456' }],
  [{ code: '123456' }],
  [{ token: 'a', challengeId: '01a202c3-07a9-7021-85c4-2b595e456aff', code: '123456' }],
])('%j is neither a link nor a code', async (input) => {
  expect(await loginWithLinkCode(app.client(), input)).toBe('INVALID_INPUT');
});

test.each([
  [{ token: 'not a token that ever was' }],
  [{ challengeId: '01a202c3-07a9-7021-85c4-2b595e456aff', code: '123456' }],
])('%j is of no mail that was ever sent', async (input) => {
  expect(await loginWithLinkCode(app.client(), input)).toBe('CHALLENGE_INVALID');
});

test('switched off, as it is by default, nobody signs in by mail and nobody is written to', async () => {
  const plain = await startTestApp();
  try {
    const { email } = await newPerson(plain);
    await plain.mailbox.clear();
    const answers = [
      await requestLoginLink(plain.client(), email),
      await loginWithLink(plain.client(), { token: 'anything' }),
    ];
    for (const { status, code } of answers) expect([status, code]).toEqual([403, 'LOGIN_LINK_DISABLED']);
    expect(plain.mailbox.messages()).toEqual([]);
  } finally {
    await plain.close();
  }
});

test('the mail holds the link to the page of the configured address, and the code', async () => {
  const { email } = await newVerifiedPerson(app);
  const { code } = await mailedLogin(app, email);
  const mail = await lastMailTo(app, email);
  expect(mail.text).toContain('http://localhost:3000/account/login#token=');
  expect(codeIn(mail)).toBe(code);
});

function codeOf({ challengeId, code }: { challengeId: string; code: string }) {
  return { challengeId, code };
}
