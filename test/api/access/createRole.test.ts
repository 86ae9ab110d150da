import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { manage, managed, newRoleName } from '../../support/groups.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('a new role can be given, and allows what it says', async () => {
  const name = newRoleName();
  const input = { name, description: 'Sees people.', permissions: ['users:list', 'users:list'] };
  const { role } = await managed(admin, 'createRole', input);
  expect(role).toMatchObject({ ...input, permissions: ['users:list'], builtIn: false });
  const { client, id } = await newPerson(app);
  await changed(admin, 'assignRole', { userId: id, role: name });
  expect((await client.send('{ users { edges { cursor } } }')).errors).toEqual([]);
});

test('nobody creates a role that allows what they may not do, by name or by the star', async () => {
  const { client } = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  const create = async (permissions: string[]) =>
    (await manage(client, 'createRole', { name: newRoleName(), permissions })).code;
  expect(await create(['users:list', 'users:modify'])).toBe('ROLE_TOO_WIDE');
  expect(await create(['*'])).toBe('ROLE_TOO_WIDE');
  expect(await create(['users:list', 'roles:manage'])).toBeUndefined();
  // A list of all there is today is not everything.
  const almost = await newDelegate(app, admin, [...app.services.registry]);
  expect((await manage(almost.client, 'createRole', { name: newRoleName(), permissions: ['*'] })).code).toBe(
    'ROLE_TOO_WIDE',
  );
});

test('a permission that nobody declares is refused by its name, and nothing is written', async () => {
  const name = newRoleName();
  const answer = await manage(admin, 'createRole', { name, permissions: ['users:list', 'users:eat'] });
  expect([answer.code, answer.errors[0]?.extensions['details']]).toEqual([
    'PERMISSION_UNKNOWN',
    { permissions: ['users:eat'] },
  ]);
  await managed(admin, 'createRole', { name, permissions: ['users:list'] });
});

test('a name is taken once, by thirty at once too', async () => {
  const name = newRoleName();
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => manage(admin, 'createRole', { name, permissions: [] })),
  );
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'ROLE_NAME_TAKEN')).toHaveLength(29);
  expect((await manage(admin, 'createRole', { name: 'system_admin', permissions: [] })).code).toBe(
    'ROLE_NAME_TAKEN',
  );
});

test.each(['', ' ', 'Admin', '1st', 'sys tem', 'system_admin\u200b', 'ſystem', 'a'.repeat(51), 'a\nb'])(
  'the name %j is refused',
  async (name) => {
    expect((await manage(admin, 'createRole', { name, permissions: [] })).code).toBe('INVALID_INPUT');
  },
);

test.each(['createRole', 'updateRole', 'deleteRole'] as const)(
  '%s is for roles:manage only',
  async (mutation) => {
    const input =
      mutation === 'createRole' ? { name: newRoleName(), permissions: [] } : { role: 'resource_server' };
    const reader = await newDelegate(app, admin, ['roles:read', 'groups:manage', 'users:modify']);
    const { basic } = await newService(admin);
    expect((await manage(app.client(), mutation, input)).code).toBe('UNAUTHENTICATED');
    expect((await manage(reader.client, mutation, input)).code).toBe('FORBIDDEN');
    expect((await manage(app.client(), mutation, input, { authorization: basic })).code).toBe('FORBIDDEN');
  },
);
