import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../../../src/kernel/caller.js';
import { newPerson, newService, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { createApiKey, newApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { freshSeconds: 60 } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const bearer = ({ secret }: { secret: string }) => ({ authorization: `Bearer ${secret}` });
const viewer = async (headers: Record<string, string>) => await app.client().send(VIEWER_OF_KEY, {}, headers);

test('a new key acts for its owner, in either header, with the scopes it was given and nothing else', async () => {
  const owner = await newDelegate(app, admin, ['users:read', 'users:list']);
  const key = await newApiKey(owner.client, { name: 'reader', scopes: ['users:read'] });
  const seen = {
    kind: 'api_key',
    id: key.id,
    ownerId: owner.id,
    roles: [],
    permissions: ['users:read'],
    email: null,
    user: null,
  };
  for (const headers of [bearer(key), { 'x-api-key': key.secret }]) {
    expect((await viewer(headers)).data?.['viewer']).toEqual(seen);
  }
  const read = 'query ($id: UUID!) { userHistory(userId: $id) { edges { node { name } } } }';
  expect((await app.client().send(read, { id: owner.id }, bearer(key))).errors).toEqual([]);
  const list = await app.client().send('{ users { edges { node { id } } } }', {}, bearer(key));
  expect([list.status, list.code]).toEqual([403, 'FORBIDDEN']);
});

test('the key is shown in the form that scanners and people recognise, and lives for 90 days by default', async () => {
  const { client } = await newPerson(app);
  const { createApiKey: made } = (await createApiKey(client, { name: 'ü'.repeat(100) })).data ?? {};
  expect(made.secret).toMatch(/^lk_test_[0-9a-f]{32}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/);
  expect(made.secret).toContain(made.apiKey.id.replaceAll('-', ''));
  expect(made.apiKey).toEqual({
    id: made.apiKey.id,
    name: 'ü'.repeat(100),
    scopes: [],
    createdAt: clock.now().toISOString(),
    expiresAt: new Date(clock.now().getTime() + 90 * DAY * 1000).toISOString(),
    lastUsedAt: null,
  });
});

test('a key is refused from the moment it expires', async () => {
  const { client } = await newPerson(app);
  const key = await newApiKey(client, { expiresInDays: 1 });
  clock.advance(DAY - 1);
  expect((await viewer(bearer(key))).errors).toEqual([]);
  clock.advance(1);
  const answer = await viewer(bearer(key));
  expect([answer.status, answer.code]).toEqual([401, 'API_KEY_INVALID']);
  admin = await app.adminClient();
});

test('a scope that the owner does not hold, or that no key may have, is refused, and no key is made', async () => {
  const { client, id } = await newDelegate(app, admin, [
    'users:read',
    'roles:manage',
    'service_accounts:create',
  ]);
  const refused = [['users:list'], ['users:read', 'users:list'], ['*'], ['no:such'], ['USERS:READ'], ['']];
  for (const scopes of [...refused, ['roles:manage'], ['service_accounts:create']]) {
    const answer = await createApiKey(client, { scopes });
    expect([answer.status, answer.code], scopes.join()).toEqual([403, 'API_KEY_TOO_WIDE']);
  }
  expect((await createApiKey(admin, { scopes: ['*'] })).code).toBe('API_KEY_TOO_WIDE');
  expect((await createApiKey(admin, { scopes: ['no:such'] })).code).toBe('API_KEY_TOO_WIDE');
  expect(await sql(app, 'select 1 from api_keys where owner_id = ?', [id])).toEqual([]);
});

test.each<[string, object]>([
  ['no name', { name: '' }],
  ['a name of 101 characters', { name: 'x'.repeat(101) }],
  ['a name with a control character', { name: 'a\u0000b' }],
  ['0 days', { expiresInDays: 0 }],
  ['366 days', { expiresInDays: 366 }],
  ['101 scopes', { scopes: Array.from({ length: 101 }, () => 'users:read') }],
  ['a scope of 101 characters', { scopes: ['x'.repeat(101)] }],
])('an input with %s is refused', async (_, input) => {
  const answer = await createApiKey(admin, input);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('twenty keys an hour are enough for anybody', async () => {
  const { client } = await newPerson(app);
  for (let made = 0; made < 20; made += 1) expect((await createApiKey(client)).errors).toEqual([]);
  const answer = await createApiKey(client);
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
});

test('whoever has not proved lately who they are is asked to, and makes no key', async () => {
  const { client } = await newPerson(app);
  clock.advance(61);
  const answer = await createApiKey(client);
  expect([answer.status, answer.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  admin = await app.adminClient();
});

test('a session that ends while it asks for a key gets none', async () => {
  const { client, id } = await newPerson(app);
  const [session] = await sql(app, 'select id from sessions where user_id = ?', [id]);
  const principal = { kind: 'user', id, sessionId: session?.['id'], acr: 'aal1', amr: ['pwd'] };
  const nowhere = { ip: null, userAgent: null, place: null, deviceId: null, requestId: 'test' };
  const caller = { ...nowhere, principal } as unknown as Caller;
  const wish = { name: 'late', scopes: [], expiresInDays: 1 };
  await app.services.apiKeys.create(caller, wish);
  await client.send('mutation { logout { ok } }');
  await expect(app.services.apiKeys.create(caller, wish)).rejects.toThrow('Sign in first.');
});

test('neither a key nor a service account makes a key', async () => {
  const all = {
    scopes: [...app.services.registry].filter(
      (each) => !/^(roles:manage|service_accounts:create)$/.test(each),
    ),
  };
  const key = await newApiKey(admin, all);
  const { basic } = await newService(admin, { roles: ['system_admin'] });
  for (const authorization of [`Bearer ${key.secret}`, basic]) {
    const answer = await createApiKey(app.client(), {}, { authorization });
    expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
  }
  expect((await createApiKey(app.client())).code).toBe('UNAUTHENTICATED');
});

test('the birth of a key is audited with its scopes, and traced to the session, without name or secret', async () => {
  const owner = await newDelegate(app, admin, ['users:read']);
  const name = `name-${randomBytes(6).toString('hex')}`;
  const key = await newApiKey(owner.client, { name, scopes: ['users:read', 'users:read'] });
  const [row] = await sql(app, 'select * from audit_events where subject_id = ?', [key.id]);
  expect(row).toMatchObject({
    name: 'api_key.created',
    actor_kind: 'user',
    actor_id: owner.id,
    user_id: owner.id,
  });
  expect(row?.['payload']).toMatchObject({ scopes: ['users:read'] });
  const [stored] = await sql(app, 'select * from api_keys where id = ?', [key.id]);
  expect(stored).toMatchObject({ created_by_session_id: row?.['actor_session_id'], created_by_acr: 'aal1' });
  expect(stored?.['created_by_amr']).toEqual(['pwd']);
  expect(JSON.stringify(row)).not.toContain(name);
});
