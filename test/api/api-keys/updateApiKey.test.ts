import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, type Person, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { newApiKey, revokeApiKey, updateApiKey, viewerOf } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { actionToken, STALE_SECONDS } from '../../support/step-up.js';
import { listen } from '../../support/listener.js';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let owner: Person;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  owner = await newDelegate(app, admin, ['users:read', 'users:list', 'sessions:watch']);
});
afterAll(async () => await app.close());

const update = async (apiKeyId: string, change: object, client = owner.client) =>
  await updateApiKey(client, { apiKeyId, ...change });
const eventsOf = async (id: string) =>
  await sql(app, `select payload from audit_events where subject_id = ? and name = 'api_key.updated'`, [id]);

test('a change counts from the next request on, and what is left out stays', async () => {
  const key = await newApiKey(owner.client, { name: 'old', scopes: ['users:read', 'users:list'] });
  expect((await viewerOf(app.client(), key)).data?.['viewer'].permissions).toHaveLength(2);
  const narrowed = await update(key.id.toUpperCase(), { scopes: ['users:list', 'users:list'] });
  expect(narrowed.data?.['updateApiKey'].apiKey).toMatchObject({ name: 'old', scopes: ['users:list'] });
  expect((await viewerOf(app.client(), key)).data?.['viewer'].permissions).toEqual(['users:list']);
  const renamed = await update(key.id, { name: ' new ', scopes: null });
  expect(renamed.data?.['updateApiKey'].apiKey).toMatchObject({ name: 'new', scopes: ['users:list'] });
  const moved = await update(key.id, { allowedNetworks: ['192.0.2.7', '2001:DB8::/32', '192.0.2.7/32'] });
  expect(moved.data?.['updateApiKey'].apiKey.allowedNetworks).toEqual(['192.0.2.7/32', '2001:db8::/32']);
  expect((await viewerOf(app.client(), key)).code).toBe('API_KEY_INVALID');
  expect((await update(key.id, { allowedNetworks: [] })).errors).toEqual([]);
  expect((await viewerOf(app.client(), key)).errors).toEqual([]);
});

test('a change that changes nothing is none, and the audit trail names fields without what stands in them', async () => {
  const key = await newApiKey(owner.client, { name: 'same', scopes: ['users:read'] });
  expect(
    (await update(key.id, { name: 'same', scopes: ['users:read'], allowedNetworks: [] })).errors,
  ).toEqual([]);
  expect(await eventsOf(key.id)).toEqual([]);
  expect((await update(key.id, { name: 'other', scopes: [] })).errors).toEqual([]);
  expect(await eventsOf(key.id)).toMatchObject([{ payload: { changed: ['name', 'scopes'] } }]);
});

test('an open socket hears nothing more of what its key has lost', async () => {
  const key = await newApiKey(owner.client, { scopes: ['sessions:watch'] });
  const listener = await listen(app, app.client(), { authorization: `Bearer ${key.secret}` });
  expect((await update(key.id, { scopes: [] })).errors).toEqual([]);
  await (await newPerson(app)).client.send('mutation { logout { ok } }');
  await expect(listener.next()).rejects.toThrow('FORBIDDEN');
  await listener.close();
});

test('a key gets no scope by a change that it could not have been made with', async () => {
  const key = await newApiKey(owner.client, { scopes: ['users:read'] });
  for (const scopes of [['audit:read'], ['users:read', '*'], ['roles:manage'], ['no:such']]) {
    const answer = await update(key.id, { scopes });
    expect([answer.status, answer.code], scopes.join()).toEqual([403, 'API_KEY_TOO_WIDE']);
  }
  expect((await viewerOf(app.client(), key)).data?.['viewer'].permissions).toEqual(['users:read']);
});

test('somebody else’s key takes the permission, and to widen it that to create one as well', async () => {
  const key = await newApiKey(owner.client, { scopes: ['users:read'] });
  const rights = ['users:read', 'users:list', 'sessions:watch'];
  const stranger = await newPerson(app);
  const modifier = await newDelegate(app, admin, [...rights, 'api_keys:modify']);
  const creator = await newDelegate(app, admin, [...rights, 'api_keys:modify', 'api_keys:create']);
  const weak = await newDelegate(app, admin, ['api_keys:modify', 'users:read']);
  expect((await update(key.id, { name: 'X' }, stranger.client)).code).toBe('API_KEY_NOT_FOUND');
  expect((await update(UNKNOWN, { name: 'X' }, modifier.client)).code).toBe('API_KEY_NOT_FOUND');
  expect((await update(key.id, { name: 'X' }, weak.client)).code).toBe('USER_TOO_POWERFUL');
  expect((await update(key.id, { name: 'X' }, modifier.client)).errors).toEqual([]);
  const wider = { scopes: ['users:read', 'users:list'] };
  expect((await update(key.id, wider, modifier.client)).code).toBe('API_KEY_TOO_WIDE');
  expect((await update(key.id, wider, creator.client)).errors).toEqual([]);
  const scoped = await newApiKey(admin, { scopes: ['users:read', 'api_keys:list'] });
  const byKey = await updateApiKey(
    app.client(),
    { apiKeyId: scoped.id, name: 'X' },
    { authorization: `Bearer ${scoped.secret}` },
  );
  expect([byKey.status, byKey.code]).toEqual([403, 'FORBIDDEN']);
});

test('to let somebody else’s key in from further networks takes what making it takes, to keep some out does not', async () => {
  const rights = ['users:read', 'users:list', 'sessions:watch'];
  const modifier = await newDelegate(app, admin, [...rights, 'api_keys:modify']);
  const creator = await newDelegate(app, admin, [...rights, 'api_keys:modify', 'api_keys:create']);
  const office = ['203.0.113.0/24', '2001:db8::/32'];
  const key = await newApiKey(owner.client, { scopes: ['users:read'], allowedNetworks: office });
  const further = [
    [],
    ['0.0.0.0/0'],
    ['203.0.112.0/23'],
    ['203.0.113.7', '198.51.100.7'],
    ['::/0'],
    ['2001:d00::/24'],
  ];
  for (const allowedNetworks of further) {
    const answer = await update(key.id, { allowedNetworks }, modifier.client);
    expect([answer.status, answer.code], allowedNetworks.join()).toEqual([403, 'API_KEY_TOO_WIDE']);
  }
  for (const allowedNetworks of [
    ['2001:db8::/32', '203.0.113.128/25'],
    ['203.0.113.200', '2001:db8:7::/48'],
  ]) {
    expect((await update(key.id, { allowedNetworks }, modifier.client)).errors).toEqual([]);
  }
  expect((await update(key.id, { allowedNetworks: office }, modifier.client)).code).toBe('API_KEY_TOO_WIDE');
  expect((await update(key.id, { allowedNetworks: [] }, creator.client)).errors).toEqual([]);
  expect((await update(key.id, { allowedNetworks: office }, modifier.client)).errors).toEqual([]);
});

test('an ended key is not changed', async () => {
  const [ended, expired] = [await newApiKey(owner.client), await newApiKey(owner.client)];
  await revokeApiKey(owner.client, ended.id);
  await sql(app, 'update api_keys set expires_at = ? where id = ?', [clock.now(), expired.id]);
  for (const { id } of [ended, expired]) {
    const answer = await update(id, { name: 'X' });
    expect([answer.status, answer.code]).toEqual([409, 'API_KEY_ENDED']);
  }
});

test.each<[string, object]>([
  ['an empty name', { name: '' }],
  ['a name of two lines', { name: 'a\nb' }],
  ['a network that is none', { allowedNetworks: ['192.0.2.0/33'] }],
  ['an IPv4 address in the notation that is no more', { allowedNetworks: ['::203.0.113.9'] }],
  ['21 networks', { allowedNetworks: Array.from({ length: 21 }, (_each, n) => `192.0.2.${n}`) }],
  ['101 scopes', { scopes: Array.from({ length: 101 }, () => 'users:read') }],
])('%s is refused, and nothing is changed', async (_what, change) => {
  const key = await newApiKey(owner.client, { name: 'kept' });
  const answer = await update(key.id, { scopes: ['users:read'], ...change });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  const [row] = await sql(app, 'select name, scopes from api_keys where id = ?', [key.id]);
  expect(row).toEqual({ name: 'kept', scopes: [] });
});

test('whoever has not proved lately who they are is asked to, and may bring an action token', async () => {
  const { client } = await newPerson(app);
  const key = await newApiKey(client);
  clock.advance(STALE_SECONDS);
  await client.refresh();
  expect((await update(key.id, { name: 'X' }, client)).code).toBe('STEP_UP_REQUIRED');
  const token = await actionToken(client, { action: 'change_api_key' });
  const change = { apiKeyId: key.id, name: 'X' };
  expect((await updateApiKey(client, change, { 'x-action-token': token })).errors).toEqual([]);
});
