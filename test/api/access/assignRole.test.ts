import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, newService, sql } from '../../support/accounts.js';
import { change, changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { countQueries } from '../../support/count-queries.js';
import { listen } from '../../support/listener.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const assignmentsOf = async (userId: string) =>
  await sql(app, 'select 1 from role_assignments where holder_id = ?', [userId]);

test('a role counts from the next request on, in whatever letters the id is written', async () => {
  const { client, id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  expect((await client.send('{ users { totalCount } }')).code).toBe('FORBIDDEN');
  const user = await changed(admin, 'assignRole', { userId: id.toUpperCase(), role });
  expect(user['roles']).toEqual([role]);
  expect((await client.send('{ users { totalCount } }')).errors).toEqual([]);
  const { headers } = await client.fetch('/auth/validate');
  expect([headers.get('x-auth-roles'), headers.get('x-auth-scopes')]).toEqual([role, 'users%3Alist']);
});

test('it opens what it allows on a socket that is open already', async () => {
  const { client, id } = await newPerson(app);
  const socket = client.socket();
  const ask = async () => {
    for await (const answer of socket.iterate({ query: '{ users(first: 1) { edges { cursor } } }' }))
      return answer;
    return undefined;
  };
  expect((await ask())?.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  await changed(admin, 'assignRole', { userId: id, role: await newRole(app, ['users:list']) });
  expect((await ask())?.errors).toBeUndefined();
  await socket.dispose();
});

test('given again it changes nothing, by thirty at once neither', async () => {
  const { id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => change(admin, 'assignRole', { userId: id, role })),
  );
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(await assignmentsOf(id)).toHaveLength(1);
  expect((await auditNamesOf(admin, id)).filter((name) => name === 'role.assigned')).toHaveLength(1);
});

test('nobody gives what they do not hold; a list of all of today’s permissions is not everything', async () => {
  const { id } = await newPerson(app);
  const everything = [...app.services.registry];
  const manager = await newDelegate(app, admin, ['roles:manage', 'users:read', 'orders:refund']);
  const allButName = await newDelegate(app, admin, everything);
  const give = async (client: Client, permissions: string[]) =>
    (await change(client, 'assignRole', { userId: id, role: await newRole(app, permissions) })).code;
  expect(await give(manager.client, ['users:list'])).toBe('ROLE_TOO_WIDE');
  expect(await give(manager.client, ['users:read', 'orders:cancel'])).toBe('ROLE_TOO_WIDE');
  expect(await give(allButName.client, ['*'])).toBe('ROLE_TOO_WIDE');
  const promotion = { userId: manager.id, role: 'system_admin' };
  expect((await change(manager.client, 'assignRole', promotion)).code).toBe('ROLE_TOO_WIDE');
  expect(await assignmentsOf(id)).toEqual([]);
  expect(await give(manager.client, ['users:read', 'orders:refund'])).toBeUndefined();
  // Permissions of applications are covered by the star, though no feature of ours declares them.
  expect(await give(admin, ['orders:cancel'])).toBeUndefined();
});

test('what is not there is refused', async () => {
  const { id } = await newPerson(app);
  expect((await change(admin, 'assignRole', { userId: id, role: 'nothing' })).code).toBe('ROLE_UNKNOWN');
  const unknown = { userId: '01890000-0000-7000-8000-000000000000', role: 'resource_server' };
  expect((await change(admin, 'assignRole', unknown)).code).toBe('USER_NOT_FOUND');
  await changed(admin, 'deleteUser', { userId: id });
  expect((await change(admin, 'assignRole', { userId: id, role: 'resource_server' })).code).toBe(
    'USER_DELETED',
  );
});

test.each(['assignRole', 'revokeRole'] as const)('%s is for roles:manage only', async (mutation) => {
  const { client, id } = await newPerson(app);
  const input = { userId: id, role: 'system_admin' };
  const other = await newDelegate(app, admin, [
    'users:modify',
    'users:create',
    'users:deactivate',
    'users:read',
  ]);
  const { basic } = await newService(admin);
  expect((await change(app.client(), mutation, input)).code).toBe('UNAUTHENTICATED');
  expect((await change(client, mutation, input)).code).toBe('FORBIDDEN');
  expect((await change(other.client, mutation, input)).code).toBe('FORBIDDEN');
  expect((await change(app.client(), mutation, input, { authorization: basic })).code).toBe('FORBIDDEN');
});

test('users see their own roles, readers those of all, and twenty users cost as many queries as two', async () => {
  const { client, id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await changed(admin, 'assignRole', { userId: id, role });
  expect((await client.send('{ viewer { user { roles } } }')).data?.['viewer'].user.roles).toEqual([role]);
  expect((await client.send('{ users { edges { node { roles } } } }')).code).toBe('FORBIDDEN');
  for (let i = 0; i < 20; i += 1) {
    await changed(admin, 'createUser', { email: `many-${i}@example.com`, roles: [role] });
  }
  const list = async (first: number) => {
    const answer = await admin.send(
      'query ($first: Int!) { users(first: $first) { edges { node { roles } } } }',
      {
        first,
      },
    );
    for (const { node } of answer.data?.['users'].edges ?? []) expect(node.roles).toEqual([role]);
  };
  await list(1);
  // The mails to the new accounts go out beside it.
  await app.services.mails.idle();
  const [two, twenty] = [await countQueries(app, () => list(2)), await countQueries(app, () => list(20))];
  expect([two, twenty]).toEqual([2, 2]);
});

test('a revoked role closes what it allowed: at once, on the socket that listens by it too', async () => {
  const { client, id } = await newPerson(app);
  const role = await newRole(app, ['sessions:watch', 'users:list']);
  await changed(admin, 'assignRole', { userId: id, role });
  expect((await client.send('{ users { totalCount } }')).errors).toEqual([]);
  const listener = await listen(app, client);
  const first = await newPerson(app);
  await first.client.send('mutation { logout { ok } }');
  expect((await listener.next()).userId).toBe(first.id);

  const left = await changed(admin, 'revokeRole', { userId: id, role });
  expect(left['roles']).toEqual([]);
  expect((await client.send('{ users { totalCount } }')).code).toBe('FORBIDDEN');
  expect((await client.fetch('/auth/validate')).headers.get('x-auth-roles')).toBe('');
  const second = await newPerson(app);
  await second.client.send('mutation { logout { ok } }');
  await expect(listener.next()).rejects.toThrow('FORBIDDEN');
  await listener.close();
  expect(await auditNamesOf(admin, id)).toContain('role.revoked');
});
