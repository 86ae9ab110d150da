import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../support/accounts.js';
import { newRole } from '../support/admins.js';
import { newApiKey, type NewApiKey, updateApiKey, viewerOf as viewerOfKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import {
  disableServiceAccount,
  newServiceAccount,
  updateServiceAccount,
  viewerOf,
} from '../support/service-accounts.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const works = async (key: NewApiKey) => (await viewerOfKey(app.client(), key)).errors.length === 0;
const undo = async (thief: Client): Promise<[string, string][]> => {
  const answer = await revokeEverythingFrom(admin, sessionOf(thief));
  expect(answer.errors).toEqual([]);
  const { revoked } = (answer.data ?? {})['revokeEverythingFrom'];
  return revoked.map(({ kind, id }: { kind: string; id: string }) => [kind, id]);
};

test.each<[string, object]>([
  ['scopes', { scopes: ['users:read', 'audit:read'] }],
  ['other networks', { allowedNetworks: ['126.0.0.0/7', '::/0'] }],
  ['all networks', { allowedNetworks: [] }],
])('an API key that a stolen session gave more ends with what it planted: %s', async (_what, change) => {
  const local = ['127.0.0.0/8', '::1'];
  const key = await newApiKey(admin, { scopes: ['users:read'], allowedNetworks: local });
  const thief = await app.adminClient();
  expect((await updateApiKey(thief, { apiKeyId: key.id, ...change })).errors).toEqual([]);
  expect(await works(key)).toBe(true);
  expect(await undo(thief)).toEqual([['api_key', key.id]]);
  expect(await works(key)).toBe(false);
});

test('one that it renamed, or gave less, stays', async () => {
  const local = ['127.0.0.0/8', '::1'];
  const key = await newApiKey(admin, { scopes: ['users:read', 'users:list'], allowedNetworks: local });
  const thief = await app.adminClient();
  for (const change of [
    { name: 'mine' },
    { scopes: ['users:read'] },
    { allowedNetworks: ['127.0.0.1', '::1'] },
  ]) {
    expect((await updateApiKey(thief, { apiKeyId: key.id, ...change })).errors).toEqual([]);
  }
  expect(await undo(thief)).toEqual([]);
  expect(await works(key)).toBe(true);
});

test('a key goes with the session that made it and with the one that widened it alike', async () => {
  const [maker, widener] = [await app.adminClient(), await app.adminClient()];
  const keys = [await newApiKey(maker), await newApiKey(maker)];
  for (const { id } of keys) {
    expect((await updateApiKey(widener, { apiKeyId: id, scopes: ['users:read'] })).errors).toEqual([]);
  }
  const text = 'query ($id: UUID!) { session(id: $id) { createdCredentials { id createdBySessionId } } }';
  for (const id of [maker, widener].map(sessionOf)) {
    const listed = (await admin.send(text, { id })).data?.['session'].createdCredentials;
    expect(listed).toEqual(keys.map((key) => ({ id: key.id, createdBySessionId: id })));
  }
  expect(await undo(widener)).toHaveLength(2);
  await sql(app, 'update api_keys set revoked_at = null where id = ?', [keys[0]?.id]);
  expect(await undo(maker)).toEqual([['api_key', keys[0]?.id]]);
});

test.each<[string, object, object]>([
  ['its limit lifted', { scopes: ['users:read'] }, { scopes: null }],
  ['more scopes', { scopes: ['users:read'] }, { scopes: ['users:read', 'users:list'] }],
  ['an audience of its own', { audiences: [] }, { audiences: ['http://localhost:3000'] }],
  ['an audience to call', { allowedAudiences: [] }, { allowedAudiences: ['http://localhost:3000'] }],
])(
  'a service account that a stolen session gave %s is disabled with the rest',
  async (_what, before, after) => {
    const roles = [await newRole(app, ['users:read', 'users:list'])];
    const { clientId, basic } = await newServiceAccount(admin, { roles, ...before });
    const thief = await app.adminClient();
    expect((await updateServiceAccount(thief, { id: clientId, ...after })).errors).toEqual([]);
    expect(await undo(thief)).toEqual([['service_account', clientId]]);
    expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
  },
);

test('so is one that it enabled, and not one that it gave less', async () => {
  const [asleep, awake] = [await newServiceAccount(admin), await newServiceAccount(admin)];
  await disableServiceAccount(admin, asleep.clientId);
  const thief = await app.adminClient();
  const less = { id: awake.clientId, description: 'x', scopes: [], tokenTtlSeconds: 60 };
  expect((await updateServiceAccount(thief, less)).errors).toEqual([]);
  expect((await updateServiceAccount(thief, { id: asleep.clientId, enabled: true })).errors).toEqual([]);
  expect(await undo(thief)).toEqual([['service_account', asleep.clientId]]);
  expect(await viewerOf(app.client(), asleep.basic)).toBe('CLIENT_INVALID');
  expect(await viewerOf(app.client(), awake.basic)).toBe(awake.clientId);
});
