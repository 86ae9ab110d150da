import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BEYOND_KEYS } from '../../../src/features/api-keys/api-keys.contract.js';
import type { Caller } from '../../../src/kernel/caller.js';
import { newPerson, newService, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { createApiKey, newApiKey, revokeApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { lastMailTo } from '../../support/mails.js';

const DAY = 86_400;
const UNKNOWN = '01890000-0000-7000-8000-000000000000';

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
  const { client, id } = await newPerson(app);
  const { createApiKey: made } = (await createApiKey(client, { name: 'ü'.repeat(100) })).data ?? {};
  expect(made.secret).toMatch(/^lk_test_[0-9a-f]{32}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/);
  expect(made.secret).toContain(made.apiKey.id.replaceAll('-', ''));
  expect(made.apiKey).toEqual({
    id: made.apiKey.id,
    owner: { kind: 'USER', id },
    name: 'ü'.repeat(100),
    scopes: [],
    allowedNetworks: [],
    createdAt: clock.now().toISOString(),
    expiresAt: new Date(clock.now().getTime() + 90 * DAY * 1000).toISOString(),
    lastUsedAt: null,
    rotatedFromId: null,
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

test('the operators say how long keys live, and the refusal names the field', async () => {
  const strict = await startTestApp({ config: { apiKeys: { defaultDays: 7, maxDays: 10 } } });
  try {
    const { client } = await newPerson(strict);
    const { createApiKey: made } = (await createApiKey(client)).data ?? {};
    const lifetime = Date.parse(made.apiKey.expiresAt) - Date.parse(made.apiKey.createdAt);
    expect(lifetime).toBe(7 * DAY * 1000);
    expect((await createApiKey(client, { expiresInDays: 10 })).errors).toEqual([]);
    const answer = await createApiKey(client, { expiresInDays: 11 });
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
    const fields = [{ field: 'expiresInDays', reasons: ['It is 1 to 10.'] }];
    expect(answer.errors[0]?.extensions['details']).toEqual({ fields });
  } finally {
    await strict.close();
  }
});

test.each<[string, object]>([
  ['no name', { name: '' }],
  ['a name of spaces', { name: ' \u3000 ' }],
  ['a name of two lines', { name: 'a\nb' }],
  ['a name that turns its direction', { name: 'exe.\u202etxt' }],
  ['2147483647 days', { expiresInDays: 2_147_483_647 }],
  ['-1 days', { expiresInDays: -1 }],
  ['two owners', { userId: UNKNOWN, serviceAccountId: UNKNOWN }],
  ['21 networks', { allowedNetworks: Array.from({ length: 21 }, (_each, n) => `192.0.2.${n}`) }],
  ['a network that is none', { allowedNetworks: ['192.0.2.1', 'localhost'] }],
  ['a network with a host part', { allowedNetworks: ['192.0.2.1/24'] }],
  ['a network of 61 characters', { allowedNetworks: ['1'.repeat(61)] }],
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
  const wish = { owner: null, name: 'late', scopes: [], allowedNetworks: [], expiresInDays: 1 };
  await app.services.apiKeys.create(caller, wish);
  await client.send('mutation { logout { ok } }');
  await expect(app.services.apiKeys.create(caller, wish)).rejects.toThrow('Sign in first.');
});

test('no key makes a key, whoever owns it and whatever it may do', async () => {
  const { clientId, basic } = await newService(admin, { roles: ['system_admin'] });
  const scopes = [...app.services.registry].filter((each) => !BEYOND_KEYS.has(each));
  const ofMachine = await newApiKey(app.client(), { scopes }, { authorization: basic });
  for (const { secret } of [await newApiKey(admin, { scopes }), ofMachine]) {
    for (const whose of [{}, { serviceAccountId: clientId }, { userId: admin.userId }]) {
      const answer = await createApiKey(app.client(), whose, { authorization: `Bearer ${secret}` });
      expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
    }
  }
  expect((await createApiKey(app.client())).code).toBe('UNAUTHENTICATED');
});

test('no owner has more than a hundred keys that work', async () => {
  const { client, id } = await newPerson(app);
  const { id: one } = await newApiKey(client);
  await sql(
    app,
    `insert into api_keys select (json_populate_record(k, json_build_object('id', gen_random_uuid()))).*
     from api_keys k, generate_series(1, 98) where k.id = ?`,
    [one],
  );
  const { id: last } = await newApiKey(client);
  const answer = await createApiKey(client);
  expect([answer.status, answer.code]).toEqual([409, 'API_KEY_LIMIT']);
  await revokeApiKey(client, last);
  expect((await createApiKey(client)).errors).toEqual([]);
  expect(await sql(app, 'select 1 from api_keys where owner_id = ?', [id])).toHaveLength(101);
});

test('the owner gets a mail with the name of a new key, and without the key', async () => {
  const { client, email } = await newPerson(app);
  const { secret } = await newApiKey(client, { name: ' nightly report ' });
  const mail = await lastMailTo(app, email);
  expect(mail.subject).toBe('A new API key for your Latchkey account');
  expect(mail.text).toContain('nightly report');
  expect(mail.text + mail.html).not.toContain(secret.slice(0, 20));
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
