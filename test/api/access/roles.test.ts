import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson } from '../../support/accounts.js';
import { newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { managed, newRoleName } from '../../support/groups.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const page = `query ($first: Int!, $after: String) { roles(first: $first, after: $after) {
  edges { node { id name description permissions builtIn createdAt } } pageInfo { hasNextPage endCursor } } }`;

test('all roles come in pages, by their names, each once', async () => {
  for (let i = 0; i < 5; i += 1) await newRole(app, ['users:list']);
  const names: string[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Answer = await admin.send(page, { first: 2, after });
    const { edges, pageInfo } = (answer.data ?? {})['roles'];
    names.push(...edges.map(({ node }: { node: { name: string } }) => node.name));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(expect.arrayContaining(['system_admin', 'resource_server']));
  expect(names.length).toBeGreaterThan(6);
  expect((await admin.send(page, { first: 2, after: 'AAAA' })).code).toBe('INVALID_CURSOR');
});

test('one is found by its name, and what is not there is null', async () => {
  const name = newRoleName();
  await managed(admin, 'createRole', { name, permissions: ['users:list'] });
  const find = 'query ($name: String!) { role(name: $name) { name permissions builtIn } }';
  const found = await admin.send(find, { name });
  expect(found.data?.['role']).toEqual({ name, permissions: ['users:list'], builtIn: false });
  expect((await admin.send(find, { name: 'nothing' })).data).toEqual({ role: null });
  const builtIn = await admin.send(find, { name: 'system_admin' });
  expect(builtIn.data?.['role']).toEqual({ name: 'system_admin', permissions: ['*'], builtIn: true });
});

test('the permissions that a role can allow are told, with a sentence each', async () => {
  const answer = await admin.send('{ permissions { name description builtIn } }');
  const { permissions } = answer.data ?? {};
  expect(permissions.map(({ name }: { name: string }) => name)).toEqual([...app.services.registry]);
  expect(permissions).toContainEqual({
    name: 'roles:read',
    description: 'See the roles there are, what they allow, and who holds them.',
    builtIn: true,
  });
});

test.each(['{ roles { edges { cursor } } }', '{ role(name: "x") { name } }', '{ permissions { name } }'])(
  '%s is for roles:read only',
  async (query) => {
    const reader = await newDelegate(app, admin, ['roles:read']);
    const other = await newDelegate(app, admin, ['roles:manage', 'users:read']);
    const { client } = await newPerson(app);
    expect((await reader.client.send(query)).errors).toEqual([]);
    expect((await other.client.send(query)).code).toBe('FORBIDDEN');
    expect((await client.send(query)).code).toBe('FORBIDDEN');
    expect((await app.client().send(query)).code).toBe('UNAUTHENTICATED');
  },
);
