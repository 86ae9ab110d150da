import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, sql } from '../../support/accounts.js';
import { change, changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('a role that somebody does not hold is taken without a trace', async () => {
  const { id } = await newPerson(app);
  const before = await auditNamesOf(admin, id);
  await changed(admin, 'revokeRole', { userId: id, role: 'resource_server' });
  expect(await auditNamesOf(admin, id)).toEqual(before);
});

test('of thirty who take it at once one has taken it', async () => {
  const { id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await changed(admin, 'assignRole', { userId: id, role });
  await Promise.all(Array.from({ length: 30 }, () => changed(admin, 'revokeRole', { userId: id, role })));
  expect((await auditNamesOf(admin, id)).filter((name) => name === 'role.revoked')).toHaveLength(1);
});

test('nobody takes a role from who may do more, but anybody may lay down their own', async () => {
  const role = await newRole(app, ['users:list']);
  const manager = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  const stronger = await newDelegate(app, admin, ['users:list', 'users:modify']);
  const equal = await newDelegate(app, admin, ['users:list', 'roles:manage']);
  for (const { id } of [manager, stronger, equal]) await changed(admin, 'assignRole', { userId: id, role });
  const take = async (userId: string) => (await change(manager.client, 'revokeRole', { userId, role })).code;
  expect(await take(stronger.id)).toBe('USER_TOO_POWERFUL');
  expect(await take(admin.userId ?? '')).toBe('USER_TOO_POWERFUL');
  expect(await take(equal.id)).toBeUndefined();
  expect(await take(manager.id)).toBeUndefined();
  const held = await sql(
    app,
    'select holder_id from role_assignments a join roles r on r.id = role_id where r.name = ?',
    [role],
  );
  expect(held).toEqual([{ holder_id: stronger.id }]);
});

test('what is not there is refused', async () => {
  const { id } = await newPerson(app);
  expect((await change(admin, 'revokeRole', { userId: id, role: 'nothing' })).code).toBe('ROLE_UNKNOWN');
  const unknown = { userId: '01890000-0000-7000-8000-000000000000', role: 'resource_server' };
  expect((await change(admin, 'revokeRole', unknown)).code).toBe('USER_NOT_FOUND');
});
