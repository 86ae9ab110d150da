import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, type Service, sql } from '../../support/accounts.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import {
  machineToken,
  newServiceAccount,
  openSocket,
  post,
  viewerOf,
} from '../../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let service: Service;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  service = await newServiceAccount(admin);
});
afterAll(async () => await app.close());

const revoke = async (token: string, { basic } = service, more: Record<string, string> = {}) =>
  await post(app.url, '/oauth/revoke', { token, ...more }, { authorization: basic });
const comesAs = async (token: string) => await viewerOf(app.client(), `Bearer ${token}`);

test('a client ends its own token: it is refused from the next request on, and others go on', async () => {
  const [token, other] = [await machineToken(app.url, service), await machineToken(app.url, service)];
  expect(await comesAs(token)).toBe(service.clientId);
  const answer = await revoke(token);
  expect([answer.status, answer.json, answer.headers.get('cache-control')]).toEqual([200, {}, 'no-store']);
  expect(await comesAs(token)).toBe('TOKEN_INVALID');
  expect(await comesAs(other)).toBe(service.clientId);
  expect(await viewerOf(app.client(), service.basic)).toBe(service.clientId);
});

test('the socket that came with the token is closed with 4401', async () => {
  const token = await machineToken(app.url, service);
  const [closed] = await openSocket(app.client(), `Bearer ${token}`);
  await revoke(token);
  expect(await closed).toBe(4401);
});

test('a client ends a key of its own account, wherever that may be used, and no other', async () => {
  const own = { serviceAccountId: service.clientId, allowedNetworks: ['198.51.100.0/24'] };
  const [{ secret: key, id }, person] = [await newApiKey(admin, own), await newPerson(app)];
  const { secret: foreign } = await newApiKey(person.client);
  expect([(await revoke(key)).status, (await revoke(foreign)).status]).toEqual([200, 200]);
  expect(await sql(app, 'select revoke_reason from api_keys where id = ?', [id])).toEqual([
    { revoke_reason: 'revoked_by_service_account' },
  ]);
  expect(await comesAs(key)).toBe('API_KEY_INVALID');
  expect((await app.client().send('{ viewer { kind } }', {}, { 'x-api-key': foreign })).errors).toEqual([]);
});

test('whatever is unknown, malformed or somebody else’s gets the same answer, and lives on', async () => {
  const stranger = await newServiceAccount(admin);
  const token = await machineToken(app.url, service);
  const { client } = await newPerson(app);
  const [, payload] = token.split('.');
  const tokens = [client.accessToken, client.refreshToken, `a.${payload}.c`, 'x', '\u0000', 'lk_test_x'];
  for (const each of [token, ...tokens]) {
    const answer = await revoke(each ?? '', stranger, { token_type_hint: 'refresh_token' });
    expect([each, answer.status, answer.json]).toEqual([each, 200, {}]);
  }
  expect(await comesAs(token)).toBe(service.clientId);
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await client.refresh()).errors).toEqual([]);
});

test('again changes nothing, and is audited once', async () => {
  const token = await machineToken(app.url, service);
  const answers = await Promise.all([1, 2, 3].map(async () => await revoke(token)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [, payload = ''] = token.split('.');
  const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const rows = await sql(app, 'select name, actor_id from audit_events where subject_id = ?', [jti]);
  expect(rows).toEqual([{ name: 'machine_token.revoked', actor_id: service.clientId }]);
});

test.each<[string, string, () => Record<string, string>, [number, string]]>([
  ['without a token', '', () => ({ authorization: service.basic }), [400, 'invalid_request']],
  ['with two', 'token=a&token=b', () => ({ authorization: service.basic }), [400, 'invalid_request']],
  ['by nobody', 'token=a', () => ({}), [401, 'invalid_client']],
  ['by a wrong secret', 'token=a', () => ({ authorization: 'Basic eDp5' }), [401, 'invalid_client']],
  [
    'by a person',
    'token=a',
    () => ({ authorization: `Bearer ${admin.accessToken}` }),
    [401, 'invalid_client'],
  ],
  [
    'that is no form',
    'token=a',
    () => ({ authorization: service.basic, 'content-type': 'application/json' }),
    [400, 'invalid_request'],
  ],
])('a request %s is refused as RFC 6749 has it', async (_, form, headers, refusal) => {
  const { status, json } = await post(app.url, '/oauth/revoke', form, headers());
  expect([status, json['error']]).toEqual(refusal);
});

test('GET is no way to end a token', async () => {
  const { status, headers } = await app.client().fetch('/oauth/revoke');
  expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
});
