import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { changeEmail, confirmChange, generousLimits } from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { changePassword, NEW_PASSWORD, reset, signInCode } from '../support/passwords.js';

// Somebody opens an account with an address that is not theirs, and waits until its owner comes. By the link that
// the owner is then mailed the account is theirs alone, whatever was prepared in it.

let app: TestApp;
let attacker: Client;
let victim: string;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());
beforeEach(async () => {
  victim = newAddress();
  attacker = app.client();
  await attacker.signUp({ email: victim, password: PASSWORD });
  expect((await attacker.login({ email: victim, password: PASSWORD })).errors).toEqual([]);
});

/** The owner of the address wants an account too, and follows the mail. */
async function ownerComes(): Promise<void> {
  expect((await app.client().signUp({ email: victim, password: 'what the owner typed' })).errors).toEqual([]);
  const token = tokenIn(await lastMailTo(app, victim));
  expect((await reset(app.client(), token)).errors).toEqual([]);
}

test('the sign-up of the owner opens the account neither to them nor to the first', async () => {
  await app.client().signUp({ email: victim, password: 'what the owner typed' });
  expect(await signInCode(app, victim, 'what the owner typed')).toBe('INVALID_CREDENTIALS');
  const [row] = await sql(app, 'select email_verified_at from users where email = ?', [victim]);
  expect(row).toEqual({ email_verified_at: null });
});

test('the sessions, the password and the refresh tokens of the first end', async () => {
  await ownerComes();
  expect((await attacker.send('{ viewer { id } }')).status).toBe(401);
  expect((await attacker.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await changePassword(attacker, PASSWORD)).status).toBe(401);
  expect(await signInCode(app, victim, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, victim, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('a change of address that the first had prepared takes the account nowhere', async () => {
  const mailbox = newAddress();
  await changeEmail(attacker, mailbox);
  const token = tokenIn(await lastMailTo(app, mailbox));
  await ownerComes();
  for (const client of [attacker, app.client()]) {
    expect((await confirmChange(client, { token })).code).toBe('CHALLENGE_INVALID');
  }
  expect(await signInCode(app, victim, NEW_PASSWORD)).toBe('LoginSucceeded');
  expect(await signInCode(app, mailbox, NEW_PASSWORD)).toBe('INVALID_CREDENTIALS');
});
