import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import type { Client } from '../support/client.js';
import { changeEmail, confirmChange, generousLimits } from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { addPasskey, loginOptions, loginWithPasskey } from '../support/passkeys.js';
import { changePassword, mailedReset, NEW_PASSWORD, reset, signInCode } from '../support/passwords.js';
import { addTotp } from '../support/second-factors.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

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

test('second factors, recovery codes and API keys of the first end, and nothing asks the owner for them', async () => {
  const key = new VirtualAuthenticator();
  await addPasskey(attacker, key);
  await addTotp(attacker);
  const { secret } = await newApiKey(attacker);
  await ownerComes();
  expect(await signInCode(app, victim, NEW_PASSWORD)).toBe('LoginSucceeded');
  const browser = new Browser(app.url);
  const answer = await loginWithPasskey(browser, key.get(await loginOptions(browser)));
  expect(answer.code).toBe('INVALID_CREDENTIALS');
  const byKey = await app.client().send('{ viewer { id } }', {}, { authorization: `Bearer ${secret}` });
  expect(byKey.status).toBe(401);
  const left = await sql(
    app,
    `select factor_kinds, (select count(*)::int from recovery_codes r where r.user_id = u.id) as codes
     from users u where email = ?`,
    [victim],
  );
  expect(left).toEqual([{ factor_kinds: [], codes: 0 }]);
});

test('an admin who gives somebody another address gets rid of no second factor by a reset of the password', async () => {
  for (const was of ['unproved', 'proved']) {
    const person = await newPerson(app);
    if (was === 'proved')
      await sql(app, 'update users set email_verified_at = now() where id = ?', [person.id]);
    await addTotp(person.client);
    const email = newAddress();
    const moved = await (await app.adminClient()).send(
      'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { emailVerified } } }',
      { input: { userId: person.id, email } },
    );
    expect(moved.data?.['updateUser'].user.emailVerified).toBe(false);
    expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
    expect(await signInCode(app, email, NEW_PASSWORD)).toBe('SecondFactorRequired');
  }
});
