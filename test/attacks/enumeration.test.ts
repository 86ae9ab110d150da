import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { generousLimits, requestVerification } from '../support/email-flows.js';
import { mailsTo } from '../support/mails.js';
import { forgetBudgets, requestReset } from '../support/passwords.js';
import { effortOf, seen } from '../support/told-apart.js';

/** Whose address it is, as far as the server knows. */
const STANDINGS = ['active', 'deactivated', 'signed up, never verified', 'without a password'] as const;

/** Everything that takes an address, or a name that stands for one. */
const operations: readonly ((address: string) => Promise<Answer>)[] = [
  (email) => app.client().signUp({ email, password: PASSWORD }),
  (email) => app.client().signUp({ email, password: PASSWORD, username: newName() }),
  (email) => app.client().login({ email, password: 'not the right one' }),
  (email) => requestReset(app.client(), email),
  (email) => requestVerification(app.client(), email),
];
const newName = (): string => `n-${randomBytes(6).toString('hex')}`;

let app: TestApp;
const addresses = new Map<string, string>();
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  for (const standing of STANDINGS) addresses.set(standing, (await newPerson(app)).email);
  await sql(app, "update users set status = 'deactivated' where email = ?", [addresses.get('deactivated')]);
  await sql(app, 'update users set email_verified_at = now() where email = ?', [addresses.get('active')]);
  await sql(app, 'delete from passwords where user_id = (select id from users where email = ?)', [
    addresses.get('without a password'),
  ]);
});
afterAll(() => app.close());
beforeEach(async () => {
  await sql(app, 'delete from failure_counters');
  for (const email of addresses.values()) await forgetBudgets(app, email);
  await app.mailbox.clear();
});

describe.each(STANDINGS)('an address that is %s', (standing) => {
  const email = (): string => addresses.get(standing) ?? '';

  test('gets the same answer to a wrong password as one that nobody has', async () => {
    const known = await app.client().login({ email: email(), password: 'not the right one' });
    const unknown = await app.client().login({ email: newAddress(), password: 'not the right one' });
    expect(seen(known)).toEqual(seen(unknown));
    expect(known.code).toBe('INVALID_CREDENTIALS');
  });

  test('gets the same answers as it is locked, one by one', async () => {
    const stranger = newAddress();
    for (let n = 0; n < 8; n += 1) {
      const known = await app.client().login({ email: email(), password: `guess ${n}` });
      const unknown = await app.client().login({ email: stranger, password: `guess ${n}` });
      expect(seen(known), `attempt ${n}`).toEqual(seen(unknown));
    }
  });

  test('gets the same answer to a sign-up, and its owner alone is told', async () => {
    const stranger = newAddress();
    const known = await app.client().signUp({ email: email(), password: PASSWORD });
    const unknown = await app.client().signUp({ email: stranger, password: PASSWORD });
    expect(seen(known)).toEqual(seen(unknown));
    expect(known.data).toEqual({ signUp: { accepted: true } });
    const subjectsTo = async (to: string) => (await mailsTo(app, to)).map(({ subject }) => subject);
    expect(await subjectsTo(email())).toEqual(['You already have a Latchkey account']);
    expect(await subjectsTo(stranger)).toEqual(['Confirm your email address for Latchkey']);
  });

  test('gets the same answer to a request for a reset link', async () => {
    const known = await requestReset(app.client(), email());
    const unknown = await requestReset(app.client(), newAddress());
    expect(seen(known)).toEqual(seen(unknown));
    expect(known.data).toEqual({ requestPasswordReset: { accepted: true } });
  });

  test('is written about in as many rows and statements as one that nobody has, whatever is asked', async () => {
    for (const operation of operations) {
      // What is compiled and connected once must not count for the first.
      await effortOf(app, async () => await operation(newAddress()));
      const known = await effortOf(app, async () => await operation(email()));
      expect(known, String(operation)).toEqual(
        await effortOf(app, async () => await operation(newAddress())),
      );
      expect(known.rows).toBeGreaterThan(1);
      expect(known.statements).toBeGreaterThan(4);
    }
  });

  test('is not opened by a sign-up: the password stays what it was', async () => {
    const [before] = await sql(
      app,
      'select hash from passwords p join users u on u.id = p.user_id where email = ?',
      [email()],
    );
    await app.client().signUp({ email: email(), password: 'a password of somebody else' });
    const [after] = await sql(
      app,
      'select hash from passwords p join users u on u.id = p.user_id where email = ?',
      [email()],
    );
    expect(after).toEqual(before);
    expect((await app.client().login({ email: email(), password: 'a password of somebody else' })).code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  test('gets the same refusal of a sign-up with a bad password', async () => {
    const known = await app.client().signUp({ email: email(), password: 'short' });
    const unknown = await app.client().signUp({ email: newAddress(), password: 'short' });
    expect(seen(known)).toEqual(seen(unknown));
    expect(known.code).toBe('PASSWORD_REFUSED');
  });
});

test('a username, known or not, right or wrong, costs as many rows and statements as another', async () => {
  const username = newName();
  const email = addresses.get('active') ?? '';
  await sql(app, 'update users set username = ? where email = ?', [username, email]);
  const guess = async (name: string) =>
    await effortOf(
      app,
      async () =>
        await app.client().send('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
          input: { username: name, password: 'not the right one' },
        }),
    );
  await guess(newName());
  const known = await guess(username);
  expect(known.rows).toBeGreaterThan(1);
  expect(known).toEqual(await guess(newName()));
});

test('the right password of a deactivated account is answered as a wrong one', async () => {
  const known = await app.client().login({ email: addresses.get('deactivated') ?? '', password: PASSWORD });
  const unknown = await app.client().login({ email: newAddress(), password: PASSWORD });
  expect(seen(known)).toEqual(seen(unknown));
});

test('spellings of one address are one account, and are answered alike', async () => {
  const email = addresses.get('active') ?? '';
  for (const spelling of [email.toUpperCase(), ` ${email} `, email.replace('@', '＠')]) {
    expect((await app.client().login({ email: spelling, password: PASSWORD })).errors, spelling).toEqual([]);
  }
});

test('a refresh token that never was and one whose session has ended tell nothing of the account', async () => {
  const person = await newPerson(app);
  const ended = person.client.refreshToken;
  await person.client.send('mutation { logout { ok } }');
  const answers = [await app.client().refresh(ended), await app.client().refresh(`lkr_${'a'.repeat(43)}`)];
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.errors)).not.toContain(person.email);
    expect(JSON.stringify(answer.errors)).not.toContain(person.id);
  }
});

test('a user, session or account that is another’s and one that is nobody’s are answered alike', async () => {
  const person = await newPerson(app);
  const [row] = await sql(app, 'select id from sessions where user_id <> ? limit 1', [person.id]);
  const nobody = '01a202c3-07a9-7021-85c4-2b595e456aff';
  const revoke = 'mutation ($id: UUID!) { revokeSession(input: { sessionId: $id }) { sessionId } }';
  const theirs = await person.client.send(revoke, { id: row?.['id'] });
  expect(seen(theirs)).toEqual(seen(await person.client.send(revoke, { id: nobody })));
  expect(theirs.code).toBe('SESSION_NOT_FOUND');
  const user = 'query ($id: UUID!) { user(id: $id) { email } }';
  const [other] = await sql(app, 'select id from users where id <> ? limit 1', [person.id]);
  expect(seen(await person.client.send(user, { id: other?.['id'] }))).toEqual(
    seen(await person.client.send(user, { id: nobody })),
  );
});
