import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { manage, managed, newGroup, newRoleName } from '../../support/groups.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const list = '{ users(first: 1) { edges { cursor } } }';

test('what a role allows changes for all who hold it, on the next request and on open sockets', async () => {
  const [direct, member] = [await newPerson(app), await newPerson(app)];
  const role = await newRole(app, ['audit:read']);
  await changed(admin, 'assignRole', { userId: direct.id, role });
  await newGroup(admin, { members: [member.id], roles: [role] });
  const socket = member.client.socket();
  const overSocket = async () => {
    for await (const answer of socket.iterate({ query: list })) {
      return answer.errors?.[0]?.extensions?.['code'];
    }
    return undefined;
  };
  const codes = async () => [
    (await direct.client.send(list)).code,
    (await member.client.send(list)).code,
    await overSocket(),
  ];
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  await managed(admin, 'updateRole', { role, permissions: ['users:list'] });
  expect(await codes()).toEqual([undefined, undefined, undefined]);
  await managed(admin, 'updateRole', { role, permissions: [] });
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  await socket.dispose();
});

test('what is left out stays, and a new name is held by whoever held the old one', async () => {
  const { id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await changed(admin, 'assignRole', { userId: id, role });
  const newName = newRoleName();
  const { role: renamed } = await managed(admin, 'updateRole', { role, newName });
  expect(renamed).toMatchObject({ name: newName, permissions: ['users:list'], description: '' });
  const { role: told } = await managed(admin, 'updateRole', { role: newName, description: 'Sees people.' });
  expect(told).toMatchObject({ name: newName, permissions: ['users:list'], description: 'Sees people.' });
  const answer = await admin.send('query ($id: UUID!) { user(id: $id) { roles } }', { id });
  expect(answer.data?.['user'].roles).toEqual([newName]);
  expect((await manage(admin, 'updateRole', { role, newName })).code).toBe('ROLE_UNKNOWN');
});

test('nobody changes a role that allows more than they may, before or after', async () => {
  const { client } = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  const wide = await newRole(app, ['users:list', 'users:modify']);
  const theirs = await newRole(app, ['users:list']);
  const update = async (input: object) => (await manage(client, 'updateRole', input)).code;
  expect(await update({ role: wide, permissions: [] })).toBe('ROLE_TOO_WIDE');
  expect(await update({ role: wide, description: 'x' })).toBe('ROLE_TOO_WIDE');
  expect(await update({ role: wide, newName: newRoleName() })).toBe('ROLE_TOO_WIDE');
  expect(await update({ role: theirs, permissions: ['users:list', 'users:modify'] })).toBe('ROLE_TOO_WIDE');
  expect(await update({ role: theirs, permissions: ['*'] })).toBe('ROLE_TOO_WIDE');
  expect(await update({ role: theirs, permissions: ['roles:manage'] })).toBeUndefined();
});

test('what is not there, not declared, taken or built in is refused, and nothing of it happens', async () => {
  const [one, other] = [await newRole(app, ['users:list']), await newRole(app, [])];
  const before = await sql(app, 'select * from roles order by name');
  const update = async (input: object) => (await manage(admin, 'updateRole', input)).code;
  expect(await update({ role: 'nothing', description: 'x' })).toBe('ROLE_UNKNOWN');
  expect(await update({ role: 'system_admin', permissions: [] })).toBe('ROLE_BUILT_IN');
  expect(await update({ role: 'resource_server', newName: 'other' })).toBe('ROLE_BUILT_IN');
  expect(await update({ role: one, permissions: ['users:eat'], description: 'x' })).toBe(
    'PERMISSION_UNKNOWN',
  );
  expect(await update({ role: one, newName: other, description: 'x' })).toBe('ROLE_NAME_TAKEN');
  expect(await update({ role: one, newName: 'No Name' })).toBe('INVALID_INPUT');
  expect(await sql(app, 'select * from roles order by name')).toEqual(before);
});

test('a permission that is not declared any more may stay, and may go', async () => {
  const role = await newRole(app, ['users:list', 'orders:gone']);
  const permissions = ['orders:gone'];
  expect((await managed(admin, 'updateRole', { role, permissions })).role.permissions).toEqual(permissions);
  await managed(admin, 'updateRole', { role, permissions: [] });
  expect((await manage(admin, 'updateRole', { role, permissions })).code).toBe('PERMISSION_UNKNOWN');
});

test('a change that changes nothing leaves no trace', async () => {
  const role = await newRole(app, ['users:list']);
  const updates = async () => await sql(app, "select 1 from audit_events where name = 'role.updated'");
  const before = (await updates()).length;
  await managed(admin, 'updateRole', { role });
  await managed(admin, 'updateRole', { role, newName: role, description: '', permissions: ['users:list'] });
  expect(await updates()).toHaveLength(before);
  await managed(admin, 'updateRole', { role, description: 'x' });
  expect(await updates()).toHaveLength(before + 1);
});
