import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const OWN =
  'id email emailVerified username displayName locale pictureUrl metadata status createdAt updatedAt roles';

test('people see all their own facts, what applications keep with them included', async () => {
  const { client, id, email } = await newPerson(app);
  const facts = { username: 'own-facts', displayName: 'Own', locale: 'de', metadata: { plan: 'gold' } };
  await changed(admin, 'updateUser', { userId: id, ...facts });
  const answer = await client.send(`{ viewer { user { ${OWN} } } }`);
  expect(answer.errors).toEqual([]);
  expect(answer.data?.['viewer'].user).toMatchObject({ id, email, ...facts, status: 'ACTIVE', roles: [] });
});

test('a sign-in may ask for them too, though its request came without a credential', async () => {
  const { id, email } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await changed(admin, 'updateUser', { userId: id, metadata: { plan: 'gold' } });
  await changed(admin, 'assignRole', { userId: id, role });
  const answer = await app.client().send(
    `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded {
      tokens { accessToken } user { ${OWN} sessions { id } } } } }`,
    { input: { email, password: PASSWORD } },
  );
  expect(answer.errors).toEqual([]);
  expect(answer.data?.['login'].user).toMatchObject({ metadata: { plan: 'gold' }, roles: [role] });
  expect(answer.data?.['login'].user.sessions).toHaveLength(2);
});

test('what only admins may see of an account its owner may not either', async () => {
  const { client } = await newPerson(app);
  for (const field of ['formerEmail', 'deletedAt', 'lockedUntil']) {
    expect([field, (await client.send(`{ viewer { user { ${field} } } }`)).code]).toEqual([
      field,
      'FORBIDDEN',
    ]);
  }
});

test('who may list users sees neither metadata nor roles of others, but their own among them', async () => {
  const lister = await newDelegate(app, admin, ['users:list']);
  const ask = async (field: string, search: string) =>
    await lister.client.send(
      `query ($search: String) { users(filter: { search: $search }) { edges { node { ${field} } } } }`,
      { search },
    );
  const other = await newPerson(app);
  for (const field of ['metadata', 'roles']) {
    expect((await ask(field, other.email)).code).toBe('FORBIDDEN');
    expect((await ask(field, lister.email)).errors).toEqual([]);
  }
});
