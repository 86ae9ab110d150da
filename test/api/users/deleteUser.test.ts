import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

// What ends with a deletion ends as with a deactivation: deactivateUser.test.ts tries both.
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const USERS = `query ($filter: UserFilter) { users(first: 100, filter: $filter) { edges { node { id } } } }`;
const listed = async (filter: object | null) =>
  (await admin.send(USERS, { filter })).data?.['users'].edges.map(
    ({ node }: { node: { id: string } }) => node.id,
  );

test('the names are free at once, and admins still see whose they were', async () => {
  const person = await newPerson(app);
  await changed(admin, 'updateUser', { userId: person.id, username: 'soon-free' });
  const deleted = await changed(admin, 'deleteUser', { userId: person.id });
  expect(deleted).toMatchObject({
    status: 'DELETED',
    email: `${person.id}@deleted.invalid`,
    username: null,
    formerEmail: person.email,
    deletedAt: expect.stringMatching(/Z$/),
  });
  const next = await changed(admin, 'createUser', { email: person.email, username: 'soon-free' });
  expect(next.id).not.toBe(person.id);
  const successor = app.client();
  await successor.login({ email: person.email, password: PASSWORD });
  expect(successor.accessToken).toBeUndefined();
});

test('it is in no list but that of the deleted', async () => {
  const person = await newPerson(app);
  await changed(admin, 'deleteUser', { userId: person.id });
  expect(await listed(null)).not.toContain(person.id);
  expect(await listed({ status: 'DEACTIVATED' })).not.toContain(person.id);
  const [word] = person.email.split('@');
  expect(await listed({ search: word })).toEqual([]);
  expect(await listed({ search: word, status: 'DELETED' })).toEqual([person.id]);
  expect(await listed({ status: 'DELETED' })).toContain(person.id);
});

test('nobody signs in under the address that it has now', async () => {
  const person = await newPerson(app);
  const { email } = await changed(admin, 'deleteUser', { userId: person.id });
  expect((await app.client().login({ email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS');
  expect((await app.client().signUp({ email, password: PASSWORD })).code).toBe('EMAIL_INVALID');
});

test('what it was is for users:read only', async () => {
  const lister = await newDelegate(app, admin, ['users:list']);
  const person = await newPerson(app);
  await changed(admin, 'deleteUser', { userId: person.id });
  const ask = async (client: Client, field: string) =>
    await client.send(`{ users(filter: { status: DELETED }) { edges { node { id ${field} } } } }`);
  for (const field of ['formerEmail', 'deletedAt', 'metadata', 'roles', 'lockedUntil']) {
    const refused = await ask(lister.client, field);
    expect([field, refused.code]).toEqual([field, 'FORBIDDEN']);
    expect(JSON.stringify(refused.data)).not.toContain(person.email);
    expect((await ask(admin, field)).errors).toEqual([]);
  }
  expect((await ask(lister.client, 'email username locale pictureUrl updatedAt')).errors).toEqual([]);
});
