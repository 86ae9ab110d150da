import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newService, type Service } from '../support/accounts.js';
import { newRole } from '../support/admins.js';
import { newApiKey, revokeApiKey, viewerOf } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { introspect } from '../support/introspection.js';
import { machineToken, newServiceAccount, updateServiceAccount } from '../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let asker: Service;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  asker = await newService(admin);
});
afterAll(async () => await app.close());

/** The roles that a token shows, at every place that shows them; all have to be the same. */
async function rolesOf(token: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}` };
  const validated = await fetch(`${app.url}/auth/validate`, { headers });
  const viewed = await app.client().send('{ viewer { roles } }', {}, headers);
  const introspected = await introspect(app, { token }, { authorization: asker.basic });
  const shown: string[] = introspected.json['roles'];
  const listed = (validated.headers.get('x-auth-roles') ?? '').split(',').filter((role) => role !== '');
  expect(listed.toSorted()).toEqual(shown.toSorted());
  expect(viewed.data?.['viewer'].roles.toSorted()).toEqual(shown.toSorted());
  return shown.toSorted();
}

const passes = async (token: string, role: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${app.url}/auth/validate?role=${role}`, { headers })).status === 200;
};

test('a token that carries a part of a role does not pass for one that has the role', async () => {
  const [reader, both] = [
    await newRole(app, ['users:read']),
    await newRole(app, ['users:read', 'audit:read']),
  ];
  const machine = await newServiceAccount(admin, { roles: [reader, both, 'system_admin'] });
  const narrow = await machineToken(app.url, machine, { scope: 'users:read' });
  expect(claimsOf(narrow)['roles']).toEqual([reader]);
  expect(await rolesOf(narrow)).toEqual([reader]);
  expect([await passes(narrow, reader), await passes(narrow, both)]).toEqual([true, false]);
  expect(await passes(narrow, 'system_admin')).toBe(false);
  const wider = await machineToken(app.url, machine, { scope: 'users:read audit:read' });
  expect(await rolesOf(wider)).toEqual([reader, both].toSorted());
  expect(await rolesOf(await machineToken(app.url, machine))).toEqual(
    [reader, both, 'system_admin'].toSorted(),
  );
});

test('a token loses a role that comes to allow more than the token carries, from the next request on', async () => {
  const role = await newRole(app, ['users:read']);
  const machine = await newServiceAccount(admin, { roles: [role] });
  const token = await machineToken(app.url, machine);
  expect(await rolesOf(token)).toEqual([role]);
  const wider = { input: { role, permissions: ['users:read', 'audit:read'] } };
  const updateRole = 'mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { name } } }';
  expect((await admin.send(updateRole, wider)).errors).toEqual([]);
  expect(await rolesOf(token)).toEqual([]);
  expect(await passes(token, role)).toBe(false);
  expect(await rolesOf(await machineToken(app.url, machine))).toEqual([role]);
  const limited = { id: machine.clientId, scopes: ['users:read'] };
  expect((await updateServiceAccount(admin, limited)).errors).toEqual([]);
  expect(claimsOf(await machineToken(app.url, machine))['roles']).toEqual([]);
});

test('a token lists its account’s API keys by its scope alone and ends none, the client secret does both', async () => {
  const role = await newRole(app, ['users:read', 'api_keys:list', 'api_keys:revoke']);
  const machine = await newServiceAccount(admin, { roles: [role] });
  const basic = { authorization: machine.basic };
  const keys = [];
  for (let n = 0; n < 3; n += 1) keys.push(await newApiKey(app.client(), {}, basic));
  const [first, second, third] = keys;
  if (!first || !second || !third) throw new TypeError('No keys.');
  const by = async (scope: string) => ({
    authorization: `Bearer ${await machineToken(app.url, machine, { scope })}`,
  });
  const listBy = async (headers: object) =>
    await app.client().send('{ apiKeys { edges { node { id } } } }', {}, { ...headers });
  const [narrow, lister, revoker] = [
    await by('users:read'),
    await by('api_keys:list'),
    await by('api_keys:revoke'),
  ];
  expect((await listBy(narrow)).code).toBe('FORBIDDEN');
  expect((await listBy(revoker)).code).toBe('FORBIDDEN');
  expect((await listBy(lister)).data?.['apiKeys'].edges).toHaveLength(3);
  for (const headers of [narrow, lister, revoker]) {
    expect((await revokeApiKey(app.client(), first.id, headers)).code).toBe('FORBIDDEN');
  }
  expect((await viewerOf(app.client(), first)).errors).toEqual([]);
  expect((await revokeApiKey(app.client(), first.id, basic)).errors).toEqual([]);
  expect((await revokeApiKey(app.client(), second.id, basic)).errors).toEqual([]);
  expect((await listBy(basic)).data?.['apiKeys'].edges).toEqual([{ node: { id: third.id } }]);
});
