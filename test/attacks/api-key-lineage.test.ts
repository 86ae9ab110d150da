import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService, type Person, sql } from '../support/accounts.js';
import { changed, newDelegate, newRole } from '../support/admins.js';
import { createApiKey, newApiKey, type NewApiKey, rotatedApiKey, viewerOf } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';

let app: TestApp;
let admin: Client;
let victim: Person;
let thief: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
  victim = await newDelegate(app, admin, [
    'api_keys:create',
    'api_keys:revoke',
    'roles:manage',
    'service_accounts:create',
    'service_accounts:modify',
    'service_accounts:disable',
    'users:read',
  ]);
  thief = await anotherDevice(app, victim);
});
afterAll(async () => await app.close());

const works = async (key: NewApiKey) => (await viewerOf(app.client(), key)).errors.length === 0;
const undo = async (sessionId: string) => {
  const answer = await revokeEverythingFrom(victim.client, sessionId);
  expect(answer.errors).toEqual([]);
  return answer.data?.['revokeEverythingFrom'];
};
const basicOf = (clientId: string, clientSecret: string) =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

test('the keys that a thief made for machines and for others end with what else they left behind', async () => {
  const machine = await newService(admin, { roles: [await newRole(app, ['users:read'])] });
  const other = await newPerson(app);
  const planted = [
    await newApiKey(thief, { serviceAccountId: machine.clientId, scopes: ['users:read'] }),
    await newApiKey(thief, { userId: other.id }),
    await newApiKey(thief),
  ];
  const honest = [
    await newApiKey(victim.client, { serviceAccountId: machine.clientId, scopes: ['users:read'] }),
    await newApiKey(other.client),
    await newApiKey(app.client(), { scopes: ['users:read'] }, { authorization: machine.basic }),
  ];
  const { revoked } = await undo(sessionOf(thief));
  const ids = revoked.map(({ id }: { id: string }) => id);
  expect(ids.toSorted()).toEqual(planted.map(({ id }) => id).toSorted());
  for (const key of planted) expect(await works(key)).toBe(false);
  for (const key of honest) expect(await works(key)).toBe(true);
});

test('so do those that a planted machine made, for itself, for others and for people', async () => {
  thief = await anotherDevice(app, victim);
  const role = await newRole(app, ['api_keys:create', 'users:read']);
  await changed(admin, 'assignRole', { userId: victim.id, role });
  const machine = await newService(thief, { audiences: [], roles: [role] });
  const bystander = await newService(admin, { roles: [await newRole(app, ['users:read'])] });
  const other = await newPerson(app);
  const by = { authorization: machine.basic };
  const planted = [
    await newApiKey(app.client(), { scopes: ['users:read'] }, by),
    await newApiKey(app.client(), { serviceAccountId: bystander.clientId, scopes: ['users:read'] }, by),
    await newApiKey(app.client(), { userId: other.id }, by),
  ];
  for (const key of planted) expect(await works(key)).toBe(true);
  await undo(sessionOf(thief));
  for (const key of planted) expect(await works(key)).toBe(false);
  const rows = await sql(app, `select revoke_reason from api_keys where created_by_service_account_id = ?`, [
    machine.clientId,
  ]);
  expect(rows).toEqual([
    { revoke_reason: 'lineage' },
    { revoke_reason: 'lineage' },
    { revoke_reason: 'lineage' },
  ]);
});

test('so does that of a machine which a planted machine made', async () => {
  thief = await anotherDevice(app, victim);
  const role = await newRole(app, ['service_accounts:create', 'roles:manage', 'users:read']);
  await changed(admin, 'assignRole', { userId: victim.id, role });
  const first = await newService(thief, { audiences: [], roles: [role] });
  const made = await app
    .client()
    .send(
      `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId clientSecret } }`,
      { input: { name: `second of ${first.clientId}`, audiences: [], roles: [role] } },
      { authorization: first.basic },
    );
  expect(made.errors).toEqual([]);
  const { clientId, clientSecret } = (made.data ?? {})['createServiceAccount'];
  const by = { authorization: basicOf(clientId, clientSecret) };
  const planted = await newApiKey(app.client(), { scopes: ['users:read'] }, by);
  const { revoked } = await undo(sessionOf(thief));
  expect(revoked.map(({ id }: { id: string }) => id)).toContain(planted.id);
  expect(await works(planted)).toBe(false);
});

test('so do those that came from a client secret which a thief planted in an honest machine', async () => {
  thief = await anotherDevice(app, victim);
  const machine = await newService(admin, { roles: [await newRole(app, ['users:read'])] });
  const answer = await thief.send(
    'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } secret } }',
    { input: { serviceAccountId: machine.clientId, name: 'backup' } },
  );
  expect(answer.errors).toEqual([]);
  const authorization = basicOf(machine.clientId, answer.data?.['createClientSecret'].secret);
  const planted = await newApiKey(app.client(), { scopes: ['users:read'] }, { authorization });
  const honest = await newApiKey(app.client(), { scopes: ['users:read'] }, { authorization: machine.basic });
  await undo(sessionOf(thief));
  expect([await works(planted), await works(honest)]).toEqual([false, true]);
});

test('a key that a thief has replaced does not leave them the one in its place', async () => {
  thief = await anotherDevice(app, victim);
  const honest = await newApiKey(victim.client);
  const stolen = await rotatedApiKey(thief, { apiKeyId: honest.id });
  await undo(sessionOf(thief));
  expect([await works(honest), await works(stolen)]).toEqual([true, false]);
});

test('a key that the owner makes in the place of one of a thief’s is not taken from them', async () => {
  thief = await anotherDevice(app, victim);
  const planted = await newApiKey(thief);
  const mine = await rotatedApiKey(victim.client, { apiKeyId: planted.id });
  await undo(sessionOf(thief));
  expect([await works(planted), await works(mine)]).toEqual([false, true]);
});

test('a machine that is disabled while it asks for a key gets none', async () => {
  const machine = await newService(admin, { roles: [] });
  const answers = await Promise.all([
    createApiKey(app.client(), {}, { authorization: machine.basic }),
    admin.send(
      'mutation ($id: UUID!) { disableServiceAccount(input: { id: $id }) { serviceAccount { id } } }',
      {
        id: machine.clientId,
      },
    ),
    createApiKey(app.client(), {}, { authorization: machine.basic }),
  ]);
  for (const { data } of answers) {
    const made = data?.['createApiKey'];
    if (made) expect(await works({ id: made.apiKey.id, secret: made.secret })).toBe(false);
  }
  expect((await createApiKey(app.client(), {}, { authorization: machine.basic })).code).toBe(
    'CLIENT_INVALID',
  );
});
