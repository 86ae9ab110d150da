import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, type Person, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import {
  createApiKey,
  newApiKey,
  type NewApiKey,
  revokeApiKey,
  rotateApiKey,
  rotatedApiKey,
  viewerOf,
} from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { listen } from '../../support/listener.js';
import { mailsTo } from '../../support/mails.js';

const DAY = 86_400;
const UNKNOWN = '01890000-0000-7000-8000-000000000000';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { freshSeconds: 400 * DAY, tokens: { accessTtlSeconds: 400 * DAY } },
  });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const works = async (key: NewApiKey) => (await viewerOf(app.client(), key)).errors.length === 0;
const rowOf = async (id: string) => (await sql(app, 'select * from api_keys where id = ?', [id]))[0];
const rotate = async ({ client }: Person, { id }: NewApiKey, input: object = {}) =>
  await rotateApiKey(client, { apiKeyId: id, ...input });

test('the new key takes over what the old one was, and both work until the overlap is over', async () => {
  const person = await newDelegate(app, admin, ['users:read', 'users:list']);
  const wish = { name: 'sync', scopes: ['users:read'], allowedNetworks: ['127.0.0.1'], expiresInDays: 30 };
  const old = await newApiKey(person.client, wish);
  // A delivery under way would be another's after ten days.
  await app.services.mails.idle();
  clock.advance(10 * DAY);
  const { apiKey, secret } = (await rotate(person, old)).data?.['rotateApiKey'] ?? {};
  expect(apiKey).toEqual({
    id: apiKey.id,
    owner: { kind: 'USER', id: person.id },
    name: 'sync',
    scopes: ['users:read'],
    allowedNetworks: ['127.0.0.1/32'],
    createdAt: clock.now().toISOString(),
    expiresAt: new Date(clock.now().getTime() + 30 * DAY * 1000).toISOString(),
    lastUsedAt: null,
    rotatedFromId: old.id,
  });
  const next = { id: apiKey.id, secret };
  const mails = await mailsTo(app, person.email);
  expect(mails.filter(({ subject }) => subject.startsWith('A new API key'))).toHaveLength(2);
  expect([await works(old), await works(next)]).toEqual([true, true]);
  clock.advance(DAY - 1);
  expect(await works(old)).toBe(true);
  clock.advance(1);
  expect([await works(old), await works(next)]).toEqual([false, true]);
  expect(await app.services.liveApiKeys.examine(old.secret, '127.0.0.1')).toEqual({ refused: 'expired' });
});

test('without an overlap the old key, and its sockets, end at once', async () => {
  const person = await newDelegate(app, admin, ['sessions:watch']);
  const old = await newApiKey(person.client, { scopes: ['sessions:watch'] });
  const listener = await listen(app, app.client(), { authorization: `Bearer ${old.secret}` });
  const next = await rotatedApiKey(person.client, { apiKeyId: old.id.toUpperCase(), overlapSeconds: 0 });
  expect([await works(old), await works(next)]).toEqual([false, true]);
  expect(await listener.closed).toBe(4401);
  expect(await rowOf(old.id)).toMatchObject({ revoke_reason: 'rotated' });
});

test('an overlap gives no key a longer life than it had', async () => {
  const person = await newPerson(app);
  const old = await newApiKey(person.client, { expiresInDays: 1 });
  const before = await rowOf(old.id);
  expect((await rotate(person, old, { overlapSeconds: 7 * DAY, expiresInDays: 5 })).errors).toEqual([]);
  expect((await rowOf(old.id))?.['expires_at']).toEqual(before?.['expires_at']);
});

test('a key is replaced once, and never when it has ended', async () => {
  const person = await newPerson(app);
  const [old, ended, expired] = [
    await newApiKey(person.client),
    await newApiKey(person.client),
    await newApiKey(person.client),
  ];
  const answers = await Promise.all([rotate(person, old), rotate(person, old), rotate(person, old)]);
  const codes = answers.map(({ code }) => code ?? 'rotated').toSorted();
  expect(codes).toEqual(['API_KEY_ENDED', 'API_KEY_ENDED', 'rotated']);
  await revokeApiKey(person.client, ended.id);
  await sql(app, 'update api_keys set expires_at = ? where id = ?', [clock.now(), expired.id]);
  for (const key of [old, ended, expired]) {
    const answer = await rotate(person, key);
    expect([answer.status, answer.code]).toEqual([409, 'API_KEY_ENDED']);
  }
  const made = await sql(app, 'select 1 from api_keys where owner_id = ?', [person.id]);
  expect(made).toHaveLength(4);
});

test('the new key has no scope that could not be given to it today', async () => {
  const [kept, lost] = [await newRole(app, ['users:read']), await newRole(app, ['users:list'])];
  const person = await newPerson(app);
  for (const role of [kept, lost]) await changed(admin, 'assignRole', { userId: person.id, role });
  const old = await newApiKey(person.client, { scopes: ['users:list', 'users:read'] });
  await changed(admin, 'revokeRole', { userId: person.id, role: lost });
  const answer = await rotate(person, old);
  expect(answer.data?.['rotateApiKey'].apiKey.scopes).toEqual(['users:read']);
});

test('somebody else’s key takes the permission to create one, over somebody who may do no more', async () => {
  const owner = await newDelegate(app, admin, ['users:read']);
  const key = await newApiKey(owner.client, { scopes: ['users:read'] });
  const maker = await newDelegate(app, admin, ['api_keys:create', 'users:read']);
  const [weak, stranger] = [await newDelegate(app, admin, ['api_keys:create']), await newPerson(app)];
  expect((await rotate(stranger, key)).code).toBe('API_KEY_NOT_FOUND');
  expect((await rotate(maker, { id: UNKNOWN, secret: '' })).code).toBe('API_KEY_NOT_FOUND');
  expect((await rotate(weak, key)).code).toBe('USER_TOO_POWERFUL');
  const made = (await rotate(maker, key)).data?.['rotateApiKey'].apiKey;
  expect(made).toMatchObject({ owner: { kind: 'USER', id: owner.id }, scopes: ['users:read'] });
  expect(await rowOf(made.id)).toMatchObject({ created_by_user_id: maker.id, owner_id: owner.id });
});

test('no key replaces a key, not even itself', async () => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client);
  const headers = { authorization: `Bearer ${key.secret}` };
  const answer = await rotateApiKey(app.client(), { apiKeyId: key.id }, headers);
  expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
  expect(await works(key)).toBe(true);
});

test.each<[string, object]>([
  ['an overlap of -1', { overlapSeconds: -1 }],
  ['an overlap of more than a week', { overlapSeconds: 604_801 }],
  ['0 days', { expiresInDays: 0 }],
  ['366 days', { expiresInDays: 366 }],
])('%s is refused, and nothing is made', async (_what, input) => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client);
  const answer = await rotate(person, key, input);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  expect(await sql(app, 'select 1 from api_keys where owner_id = ?', [person.id])).toHaveLength(1);
});

test('it counts among the twenty an hour', async () => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client);
  for (let made = 1; made < 20; made += 1) expect((await createApiKey(person.client)).errors).toEqual([]);
  const answer = await rotate(person, key);
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
});

test('the audit trail tells which key came in the place of which', async () => {
  const person = await newPerson(app);
  const old = await newApiKey(person.client);
  const next = await rotatedApiKey(person.client, { apiKeyId: old.id, overlapSeconds: 60 });
  const [row] = await sql(
    app,
    `select * from audit_events where subject_id = ? and name = 'api_key.rotated'`,
    [old.id],
  );
  const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
  expect(row?.['payload']).toEqual({ replacedById: next.id, expiresAt });
  expect(JSON.stringify(row)).not.toContain(next.secret.slice(40, 60));
});
