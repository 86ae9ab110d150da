import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newPerson, newService, PASSWORD, sql } from '../../support/accounts.js';
import { change, changed, newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { generousLimits } from '../../support/email-flows.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const wrong = async (email: string) => await app.client().login({ email, password: 'wrong wrong wrong' });

/** Somebody whom strangers have locked out of new devices. */
async function lockedPerson() {
  const person = await newPerson(app);
  for (let i = 0; i < 5; i += 1) await wrong(person.email);
  expect((await wrong(person.email)).code).toBe('TOO_MANY_ATTEMPTS');
  return person;
}

test('the next sign-in is judged at once, and the failures before it no longer count', async () => {
  const person = await lockedPerson();
  expect((await app.client().login({ email: person.email, password: PASSWORD })).code).toBe(
    'TOO_MANY_ATTEMPTS',
  );
  expect(await changed(admin, 'unlockUser', { userId: person.id.toUpperCase() })).toMatchObject({
    lockedUntil: null,
  });
  for (let i = 0; i < 4; i += 1) expect((await wrong(person.email)).code).toBe('INVALID_CREDENTIALS');
  expect((await app.client().login({ email: person.email, password: PASSWORD })).errors).toEqual([]);
});

test('it unlocks by whatever name the attempts were made', async () => {
  const person = await newPerson(app);
  await changed(admin, 'updateUser', { userId: person.id, username: 'by-any-name' });
  const byName = async (username: string) =>
    await app.client().send('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input: { username, password: 'wrong wrong wrong' },
    });
  for (const username of ['by-any-name', 'BY-ANY-NAME', ' by-any-name ']) await byName(username);
  for (const email of [person.email, person.email.toUpperCase()]) await wrong(email);
  expect((await byName('by-any-name')).code).toBe('TOO_MANY_ATTEMPTS');
  await changed(admin, 'unlockUser', { userId: person.id });
  expect((await byName('by-any-name')).code).toBe('INVALID_CREDENTIALS');
});

test('nobody else’s failures are forgotten, and a known network stays known', async () => {
  const [person, other] = [await lockedPerson(), await lockedPerson()];
  await changed(admin, 'unlockUser', { userId: person.id });
  expect((await wrong(other.email)).code).toBe('TOO_MANY_ATTEMPTS');
  const known = await sql(
    app,
    'select 1 from failure_counters where account = ? and last_success_at is not null',
    [`user:${person.id}`],
  );
  expect(known.length).toBeGreaterThan(0);
  await anotherDevice(app, person);
});

test('it is in the audit trail', async () => {
  const { id } = await lockedPerson();
  await changed(admin, 'unlockUser', { userId: id });
  expect((await auditNamesOf(admin, id))[0]).toBe('lockout.cleared');
});

test('nobody is unlocked who does not exist, nor by whom may not', async () => {
  const userId = '01890000-0000-7000-8000-000000000000';
  expect((await change(admin, 'unlockUser', { userId })).code).toBe('USER_NOT_FOUND');
  const person = await lockedPerson();
  const reader = await newDelegate(app, admin, [
    'users:read',
    'users:list',
    'users:deactivate',
    'users:create',
  ]);
  const { basic } = await newService(admin);
  const input = { userId: person.id };
  expect((await change(app.client(), 'unlockUser', input)).code).toBe('UNAUTHENTICATED');
  expect((await change(person.client, 'unlockUser', input)).code).toBe('FORBIDDEN');
  expect((await change(reader.client, 'unlockUser', input)).code).toBe('FORBIDDEN');
  expect((await change(app.client(), 'unlockUser', input, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await wrong(person.email)).code).toBe('TOO_MANY_ATTEMPTS');
});
