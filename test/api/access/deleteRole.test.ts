import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { manage, managed, newGroup } from '../../support/groups.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const list = '{ users(first: 1) { edges { cursor } } }';

test('a deleted role is taken from users, groups and machines alike, at once', async () => {
  const role = await newRole(app, ['users:list']);
  const [direct, member] = [await newPerson(app), await newPerson(app)];
  await changed(admin, 'assignRole', { userId: direct.id, role });
  await newGroup(admin, { members: [member.id], roles: [role] });
  const { basic } = await newService(admin, { roles: [role] });
  const codes = async () => [
    (await direct.client.send(list)).code,
    (await member.client.send(list)).code,
    (await app.client().send(list, {}, { authorization: basic })).code,
  ];
  expect(await codes()).toEqual([undefined, undefined, undefined]);
  expect((await managed(admin, 'deleteRole', { role })).role.name).toBe(role);
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  const found = await sql(
    app,
    `select payload->>'role' as role from audit_events where name = 'role.deleted' order by sequence desc limit 1`,
  );
  expect(found).toEqual([{ role }]);
  expect((await manage(admin, 'deleteRole', { role })).code).toBe('ROLE_UNKNOWN');
});

test('nobody deletes a role that allows more than they may, nor one that comes with the product', async () => {
  const { client } = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  const wide = await newRole(app, ['users:list', 'users:modify']);
  expect((await manage(client, 'deleteRole', { role: wide })).code).toBe('ROLE_TOO_WIDE');
  expect((await manage(admin, 'deleteRole', { role: 'system_admin' })).code).toBe('ROLE_BUILT_IN');
  expect((await manage(client, 'deleteRole', { role: await newRole(app, ['users:list']) })).errors).toEqual(
    [],
  );
});

test('who gives a role while it is deleted either has given it in time, or is told that there is none', async () => {
  for (let round = 0; round < 10; round += 1) {
    const role = await newRole(app, ['users:list']);
    const { id } = await newPerson(app);
    const [given] = await Promise.all([
      manage(admin, 'assignRole', { userId: id, role }),
      manage(admin, 'deleteRole', { role }),
    ]);
    expect([undefined, 'ROLE_UNKNOWN']).toContain(given.code);
    expect(await sql(app, 'select 1 from role_assignments where holder_id = ?', [id])).toEqual([]);
  }
});
