import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, newService, PASSWORD, sql } from '../../support/accounts.js';
import { change, changed, newDelegate, newRole } from '../../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const accountsOf = async (email: string) =>
  (await sql(app, 'select 1 from users where email = ?', [email])).length;

test('an admin opens an account that nobody has proved and that has no password', async () => {
  const email = newAddress();
  const input = {
    email: ` ${email.toUpperCase()} `,
    username: 'Ada.L',
    displayName: ' Ada ',
    locale: 'de-at',
  };
  const user = await changed(admin, 'createUser', input);
  expect(user).toMatchObject({
    email,
    username: 'ada.l',
    displayName: 'Ada',
    locale: 'de-AT',
    emailVerified: false,
    status: 'ACTIVE',
    roles: [],
    metadata: {},
  });
  expect(await sql(app, 'select 1 from passwords where user_id = ?', [user.id])).toEqual([]);
  expect(await auditNamesOf(admin, user.id)).toContain('user.created');
  expect((await app.client().login({ email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS');
});

test('names that somebody has are refused, and nothing is written', async () => {
  const taken = await changed(admin, 'createUser', { email: newAddress(), username: 'first-come' });
  expect((await change(admin, 'createUser', { email: ADMIN.email })).code).toBe('EMAIL_TAKEN');
  expect((await change(admin, 'createUser', { email: taken.email.toUpperCase() })).code).toBe('EMAIL_TAKEN');
  const email = newAddress();
  const second = await change(admin, 'createUser', { email, username: 'FIRST-COME' });
  expect([second.status, second.code]).toEqual([409, 'USERNAME_TAKEN']);
  expect(await accountsOf(email)).toBe(0);
});

test('of thirty who open the same account at once one does', async () => {
  const email = newAddress();
  const answers = await Promise.all(Array.from({ length: 30 }, () => change(admin, 'createUser', { email })));
  const codes = answers.map(({ code }) => code ?? 'created').toSorted();
  expect(codes).toEqual([...Array.from({ length: 29 }, () => 'EMAIL_TAKEN'), 'created']);
  expect(await accountsOf(email)).toBe(1);
});

test.each([
  ['what is no address', { email: 'nobody' }, 'EMAIL_INVALID'],
  ['the address of a deleted account', { email: `${'0'.repeat(8)}@deleted.invalid` }, 'EMAIL_INVALID'],
  ['a username that begins with a digit', { username: '1st' }, 'USERNAME_INVALID'],
  ['a username that is an address', { username: 'somebody@example.com' }, 'USERNAME_INVALID'],
  ['a display name of 201 characters', { displayName: 'a'.repeat(201) }, 'INVALID_INPUT'],
  ['what is no language', { locale: 'no language' }, 'INVALID_INPUT'],
  ['an unknown role', { roles: ['nothing'] }, 'ROLE_UNKNOWN'],
  ['21 roles', { roles: Array.from({ length: 21 }, () => 'system_admin') }, 'INVALID_INPUT'],
])('%s is refused', async (_what, part, code) => {
  const input = { email: newAddress(), ...part };
  expect((await change(admin, 'createUser', input)).code).toBe(code);
  expect(await accountsOf(input.email)).toBe(0);
});

test('roles are there with the account', async () => {
  const role = await newRole(app, ['users:list']);
  const user = await changed(admin, 'createUser', { email: newAddress(), roles: [role, role] });
  expect(user['roles']).toEqual([role]);
  expect(await auditNamesOf(admin, user.id)).toEqual(
    expect.arrayContaining(['role.assigned', 'user.created']),
  );
});

test('who may create may not give roles without roles:manage, and with it none wider than their own', async () => {
  const role = await newRole(app, ['users:create']);
  const wider = await newRole(app, ['users:create', 'users:read']);
  const creator = await newDelegate(app, admin, ['users:create', 'users:read']);
  const manager = await newDelegate(app, admin, ['users:create', 'roles:manage']);
  const input = { email: newAddress() };
  expect((await change(creator.client, 'createUser', { ...input, roles: [role] })).code).toBe('FORBIDDEN');
  for (const roles of [[wider], ['system_admin'], [role, wider]]) {
    expect((await change(manager.client, 'createUser', { ...input, roles })).code).toBe('ROLE_TOO_WIDE');
  }
  expect(await accountsOf(input.email)).toBe(0);
  expect((await changed(creator.client, 'createUser', input)).email).toBe(input.email);
});

test('nobody else may', async () => {
  const input = { email: newAddress() };
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await change(app.client(), 'createUser', input)).code).toBe('UNAUTHENTICATED');
  expect((await change(client, 'createUser', input)).code).toBe('FORBIDDEN');
  expect((await change(app.client(), 'createUser', input, { authorization: basic })).code).toBe('FORBIDDEN');
  expect(await accountsOf(input.email)).toBe(0);
});
