// Somebody guesses the six digits of a mail, or uses what it holds more often than once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { newVerifiedPerson } from '../support/email-flows.js';
import {
  loginLinksOn,
  loginWithLink,
  loginWithLinkCode,
  type MailedLogin,
  mailedLogin,
  requestLoginLink,
  wrong,
} from '../support/login-links.js';
import { signInCode, tallyCodes } from '../support/passwords.js';

const SIGN_IN = 'mutation ($input: LoginWithLinkInput!) { loginWithLink(input: $input) { __typename } }';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { ...loginLinksOn, lockout: { threshold: 1_000 } } });
});
afterAll(async () => await app.close());

const link = ({ token }: MailedLogin) => ({ token });
const code = (mailed: MailedLogin) => ({ challengeId: mailed.challengeId, code: mailed.code });

test('a code that was guessed five times is refused when it is right', async () => {
  const { email } = await newVerifiedPerson(app);
  const mailed = await mailedLogin(app, email);
  const guess = { challengeId: mailed.challengeId, code: wrong(mailed.code) };
  for (let n = 0; n < 5; n += 1) {
    expect(await loginWithLinkCode(app.client(), guess)).toBe('INVALID_CREDENTIALS');
  }
  expect(await loginWithLinkCode(mailed.browser, code(mailed))).toBe('CHALLENGE_EXHAUSTED');
});

test('at one address fifteen codes an hour are tried, over however many mails; then the right one waits too', async () => {
  const { email } = await newVerifiedPerson(app);
  for (let mail = 0; mail < 3; mail += 1) {
    const mailed = await mailedLogin(app, email);
    const guess = { challengeId: mailed.challengeId, code: wrong(mailed.code) };
    for (let n = 0; n < 5; n += 1) await loginWithLink(app.client(), guess);
  }
  const mailed = await mailedLogin(app, email);
  expect(await loginWithLinkCode(mailed.browser, code(mailed))).toBe('RATE_LIMITED');
});

test('wrong codes lock the account like wrong passwords, known or not', async () => {
  const strict = await startTestApp({ config: loginLinksOn });
  try {
    const { email } = await newPerson(strict);
    const codes: string[][] = [];
    for (const address of [email, newAddress()]) {
      const { data } = await requestLoginLink(new Browser(strict.url), address);
      const { challengeId } = data?.['requestLoginLink'] ?? {};
      const own: string[] = [];
      for (let n = 0; n < 3; n += 1) own.push(await signInCode(strict, address, `wrong ${n}`));
      for (let n = 0; n < 3; n += 1) {
        own.push(await loginWithLinkCode(strict.client(), { challengeId, code: '12345x' }));
      }
      codes.push(own);
    }
    expect(codes[0]).toEqual(codes[1]);
    expect(codes[0]?.at(-1)).toBe('TOO_MANY_ATTEMPTS');
  } finally {
    await strict.close();
  }
});

test('one request tries one code', async () => {
  const { email } = await newVerifiedPerson(app);
  const { challengeId } = await mailedLogin(app, email);
  const field = (n: number) =>
    `a${n}: loginWithLink(input: { challengeId: "${challengeId}", code: "00000${n}" }) { __typename }`;
  expect((await app.client().send(`mutation { ${field(1)} ${field(2)} }`)).code).toBe('ONE_SENSITIVE_FIELD');
});

test('of thirty uses at once, one signs in', async () => {
  const { id, email } = await newVerifiedPerson(app);
  for (const proof of [link, code]) {
    const mailed = await mailedLogin(app, email);
    await sql(app, "update challenges set max_attempts = 100 where purpose = 'login_link_code'");
    await sql(app, 'delete from sessions where user_id = ?', [id]);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => mailed.browser.send(SIGN_IN, { input: proof(mailed) })),
    );
    expect(tallyCodes(answers)['none'], JSON.stringify(tallyCodes(answers))).toBe(1);
    expect(await sql(app, 'select id from sessions where user_id = ?', [id])).toHaveLength(1);
  }
});
