import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { changed } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits, mailedVerification } from '../../support/email-flows.js';
import { lastMailTo, mailsTo, tokenIn } from '../../support/mails.js';
import {
  activate,
  mailedReset,
  NEW_PASSWORD,
  reset,
  resetStatus,
  setUserPassword,
  signInCode,
  tallyCodes,
} from '../../support/passwords.js';

const HOUR = 3600;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

/** Somebody for whom the admin has opened an account, and the token in their mail. */
async function invited(input: object = {}): Promise<{ email: string; id: string; token: string }> {
  const email = newAddress();
  if (!(await admin.refresh()).data) admin = await app.adminClient();
  const { id } = await changed(admin, 'createUser', { email, ...input });
  return { email, id, token: tokenIn(await lastMailTo(app, email)) };
}

test('the owner of a new account is mailed a link, in their language, and sets the first password', async () => {
  const { email, id, token } = await invited({ locale: 'de' });
  const [mail, ...others] = await mailsTo(app, email);
  expect(others).toEqual([]);
  expect(mail?.text).toContain('http://localhost:3000/account/activate#token=');
  expect(mail?.subject).toContain('Konto');
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('INVALID_CREDENTIALS');
  const answer = await activate(app.client(), token);
  expect([answer.status, answer.data]).toEqual([200, { activateAccount: { activated: true } }]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
  const [row] = await sql(app, 'select email_verified_at is not null as verified from users where id = ?', [
    id,
  ]);
  expect(row).toEqual({ verified: true });
  const [event] = await sql(
    app,
    "select payload from audit_events where name = 'password.changed' and user_id = ?",
    [id],
  );
  expect(event).toEqual({ payload: { by: 'activation', breachCheck: 'off' } });
});

test('signs nobody in', async () => {
  const { id, token } = await invited();
  const answer = await activate(app.client(), token);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(await sql(app, 'select id from sessions where user_id = ?', [id])).toEqual([]);
});

test('works once', async () => {
  const { email, token } = await invited();
  expect((await activate(app.client(), token)).errors).toEqual([]);
  const again = await activate(app.client(), token, 'eight green bottles in a row');
  expect([again.status, again.code]).toEqual([422, 'CHALLENGE_INVALID']);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('succeeds for exactly one of thirty at once', async () => {
  const { email, token } = await invited();
  const passwords = Array.from({ length: 30 }, (_, n) => `seven green bottles, number ${n}`);
  const answers = await Promise.all(passwords.map((password) => activate(app.client(), token, password)));
  expect(tallyCodes(answers)).toEqual({ none: 1, CHALLENGE_INVALID: 29 });
  const winner = passwords[answers.findIndex(({ code }) => code === undefined)] ?? '';
  expect(await signInCode(app, email, winner)).toBe('LoginSucceeded');
});

test('is good for 72 hours; after that a reset link does the same', async () => {
  const inTime = await invited();
  clock.advance(72 * HOUR - 1);
  expect((await activate(app.client(), inTime.token)).errors).toEqual([]);
  admin = await app.adminClient();
  const late = await invited();
  clock.advance(72 * HOUR);
  const answer = await activate(app.client(), late.token);
  expect([answer.status, answer.code]).toEqual([422, 'CHALLENGE_EXPIRED']);
  expect((await reset(app.client(), await mailedReset(app, late.email))).errors).toEqual([]);
  expect(await signInCode(app, late.email, NEW_PASSWORD)).toBe('LoginSucceeded');
  admin = await app.adminClient();
});

test('a refused password does not cost the link', async () => {
  const { token } = await invited();
  expect((await activate(app.client(), token, 'too short')).code).toBe('PASSWORD_REFUSED');
  expect((await activate(app.client(), token)).errors).toEqual([]);
});

test('an account that has a password takes none in this way', async () => {
  const { email, id, token } = await invited();
  await setUserPassword(admin, id, 'chosen by an administrator');
  expect((await activate(app.client(), token)).code).toBe('CHALLENGE_INVALID');
  expect(await signInCode(app, email, 'chosen by an administrator')).toBe('LoginSucceeded');
});

test('no other token activates, and this one resets nothing', async () => {
  const { email, token } = await invited();
  const person = await newPerson(app);
  const ofReset = await mailedReset(app, person.email);
  const { token: ofVerification } = await mailedVerification(app, person.email);
  for (const wrong of ['', 'x'.repeat(43), ofReset, ofVerification]) {
    expect((await activate(app.client(), wrong)).code, wrong).toBe('CHALLENGE_INVALID');
  }
  expect(await resetStatus(app.client(), token)).toBe('INVALID');
  expect((await reset(app.client(), token)).code).toBe('CHALLENGE_INVALID');
  expect(await signInCode(app, person.email, PASSWORD)).toBe('LoginSucceeded');
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('INVALID_CREDENTIALS');
});

test('a closed account is not opened by its link', async () => {
  const { id, token } = await invited();
  await sql(app, "update users set status = 'deactivated' where id = ?", [id]);
  expect((await activate(app.client(), token)).code).toBe('CHALLENGE_INVALID');
});

test('an account that could not be opened is announced to nobody', async () => {
  const email = newAddress();
  const refused = await admin.send(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { email, roles: ['no such role'] } },
  );
  expect(refused.code).toBe('ROLE_UNKNOWN');
  expect(await mailsTo(app, email)).toEqual([]);
});
