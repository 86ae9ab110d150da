import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Person, type Service } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { forgedKey, newApiKey, partsOf, revokeApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { introspectJson } from '../../support/introspection.js';
import { operations, run } from '../../support/operations.js';
import { disableServiceAccount, newServiceAccount } from '../../support/service-accounts.js';

const INVALID = '{"valid":false,"code":"invalid_api_key"}';
const EXPIRED = '{"valid":false,"code":"expired_api_key"}';
const REVOKED = '{"valid":false,"code":"revoked_api_key"}';
const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let service: Service;
let person: Person;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  service = await newService(admin);
  person = await newPerson(app);
});
afterAll(async () => await app.close());

const check = async (apiKey: unknown, more: object = {}, asker = service) =>
  await introspectJson(app, { api_key: apiKey, ...more }, { authorization: asker.basic });

test('a key of a user is valid, with what it is good for and until when', async () => {
  const delegate = await newDelegate(app, admin, ['users:list', 'audit:read']);
  const { id, secret } = await newApiKey(delegate.client, { scopes: ['users:list'], expiresInDays: 2 });
  const { status, headers, json } = await check(secret);
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(json).toEqual({
    valid: true,
    user_id: delegate.id,
    scopes: ['users:list'],
    key_id: id,
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: null,
  });
  expect(Math.round((Date.parse(json['expires_at']) - clock.now().getTime()) / 1000 / DAY)).toBe(2);
});

test('a key of a service account is valid, with its name and no user', async () => {
  const account = await newServiceAccount(admin, { name: 'Nightly Büro' });
  const { id, secret } = await newApiKey(admin, { serviceAccountId: account.clientId });
  expect((await check(secret)).json).toMatchObject({
    valid: true,
    user_id: null,
    key_id: id,
    service: 'Nightly Büro',
  });
});

test('whoever has the right secret is told how it ended; whoever guesses is told nothing', async () => {
  const [expired, revoked] = [
    await newApiKey(person.client, { expiresInDays: 1 }),
    await newApiKey(person.client),
  ];
  await revokeApiKey(person.client, revoked.id);
  clock.advance(DAY);
  admin = await app.adminClient();
  expect((await check(expired.secret)).text).toBe(EXPIRED);
  expect((await check(revoked.secret)).text).toBe(REVOKED);
  for (const key of [expired, revoked]) {
    const guess = forgedKey({ id: partsOf(key).id, secret: 'A'.repeat(43) });
    expect((await check(guess)).text).toBe(INVALID);
  }
});

test('the key of an owner who is gone or disabled counts as revoked', async () => {
  const owner = await newPerson(app);
  const account = await newServiceAccount(admin);
  const keys = [
    await newApiKey(owner.client),
    await newApiKey(admin, { serviceAccountId: account.clientId }),
  ];
  expect(await Promise.all(keys.map(async ({ secret }) => (await check(secret)).json['valid']))).toEqual([
    true,
    true,
  ]);
  await changed(admin, 'deactivateUser', { userId: owner.id });
  await disableServiceAccount(admin, account.clientId);
  for (const { secret } of keys) expect((await check(secret)).text).toBe(REVOKED);
});

test('from another network, or from nowhere, a key is invalid as any other', async () => {
  const guest = await newPerson(app);
  const { secret } = await newApiKey(guest.client, { allowedNetworks: ['192.0.2.0/24'] });
  expect((await check(secret, { client_ip: '192.0.2.1' })).json['valid']).toBe(true);
  expect((await check(secret, { client_ip: '192.0.3.1' })).text).toBe(INVALID);
  expect((await check(secret, { client_ip: null })).text).toBe(INVALID);
  expect((await check(secret)).text).toBe(INVALID);
});

test('to an asker that does not own this API’s audience, every key is invalid', async () => {
  await run(admin, operations.registerAudience, { input: { identifier: 'orders-api', description: '' } });
  const orders = await newService(admin, { audiences: ['orders-api'] });
  const guest = await newPerson(app);
  const { id, secret } = await newApiKey(guest.client);
  expect((await check(secret, {}, orders)).text).toBe(INVALID);
  await revokeApiKey(guest.client, id);
  expect((await check(secret, {}, orders)).text).toBe(INVALID);
});

test.each<[string, unknown]>([
  ['no key', ''],
  ['an access token', 'eyJhbGciOiJub25lIn0.e30.'],
  ['a key of another deployment', `lk_live_${'0'.repeat(32)}_${'A'.repeat(43)}_00000000`],
  ['NUL', '\0'],
  ['15 KiB', 'lk_test_'.padEnd(15_000, 'x')],
  ['emoji', '🔑'.repeat(50)],
])('%s is an invalid key, and no error', async (_, apiKey) => {
  expect(await check(apiKey)).toMatchObject({ status: 200, text: INVALID });
});

test.each<[string, string]>([
  ['nothing', ''],
  ['half a document', '{"api_key":'],
  ['a text', '"lk_test"'],
  ['null', 'null'],
  ['a list', '[{"api_key":"x"}]'],
  ['no key', '{"token":"x"}'],
  ['a number for the key', '{"api_key":1}'],
  ['a list for the key', '{"api_key":["x"]}'],
  ['an object for the key', '{"api_key":{"$ne":""}}'],
  ['an address that is none', '{"api_key":"x","client_ip":"nowhere"}'],
  ['a number for the address', '{"api_key":"x","client_ip":1}'],
  ['a prototype', '{"__proto__":{"api_key":"x"}}'],
  ['more than 16 KiB', JSON.stringify({ api_key: 'x'.repeat(17_000) })],
])('%s is a problem, not an answer', async (_, body) => {
  const { status, headers, json } = await introspectJson(app, body, { authorization: service.basic });
  expect([400, 413]).toContain(status);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(json).toMatchObject({ status, requestId: expect.any(String) });
  expect(json['valid']).toBeUndefined();
});

test.each<[string, Record<string, string>]>([
  ['CREDENTIAL_INVALID', {}],
  ['CLIENT_INVALID', { authorization: 'Basic %%%' }],
  ['CREDENTIAL_INVALID', { authorization: 'Bearer x' }],
  ['CREDENTIAL_INVALID', { 'x-api-key': 'x' }],
])('whoever may not ask hears a problem with a challenge: %s for %j', async (code, headers) => {
  const answer = await introspectJson(app, { api_key: 'x' }, headers);
  expect([answer.status, answer.json['code'], answer.json['valid']]).toEqual([401, code, undefined]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.has('www-authenticate')).toBe(true);
});

test('an asker without the permission is FORBIDDEN', async () => {
  const { basic } = await newService(admin, { roles: [] });
  const { status, json } = await introspectJson(app, { api_key: 'x' }, { authorization: basic });
  expect([status, json['code']]).toEqual([403, 'FORBIDDEN']);
});
