import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  claimsOf,
  newPerson,
  newService,
  PASSWORD,
  type Person,
  type Service,
} from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { INACTIVE, introspect as post } from '../../support/introspection.js';
import { operations, run } from '../../support/operations.js';

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

const introspect = async (form: string | Record<string, string>, headers: Record<string, string> = {}) =>
  await post(app, form, headers);
const withBasic = async (token = '', { basic } = service) =>
  await introspect({ token }, { authorization: basic });
const token = () => person.client.accessToken ?? '';

test('an active token answers with its facts, and the roles and permissions of this moment', async () => {
  const { status, headers, json } = await withBasic(admin.accessToken);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('application/json');
  expect(headers.get('cache-control')).toContain('no-store');
  const { scope, permissions, ...rest } = json;
  const { scope: _scope, ...claims } = claimsOf(admin.accessToken);
  expect(rest).toEqual({ active: true, token_type: 'Bearer', principal_type: 'user', ...claims });
  expect(permissions.toSorted()).toEqual([...app.services.registry].toSorted());
  expect(scope.split(' ').toSorted()).toEqual(permissions.toSorted());
});

test('client_secret_post answers the same as client_secret_basic', async () => {
  const { clientId: client_id, clientSecret: client_secret } = service;
  const posted = await introspect({ token: token(), client_id, client_secret });
  expect([posted.status, posted.json]).toEqual([200, (await withBasic(token())).json]);
});

test('both ways at once are refused: which of them should count?', async () => {
  const { clientId: client_id, clientSecret: client_secret, basic } = service;
  const { status, json } = await introspect(
    { token: token(), client_id, client_secret },
    { authorization: basic },
  );
  expect([status, json.error]).toEqual([400, 'invalid_request']);
});

test.each<[string, () => Record<string, string>, Record<string, string>]>([
  ['nobody', () => ({}), {}],
  ['a wrong secret', () => ({ client_id: service.clientId, client_secret: `lks_${'A'.repeat(43)}` }), {}],
  ['a secret alone', () => ({ client_secret: service.clientSecret }), {}],
  ['an id alone', () => ({ client_id: service.clientId }), {}],
  ['a malformed Basic header', () => ({}), { authorization: 'Basic %%%' }],
])(
  '%s is invalid_client, with a challenge and without a word on the token',
  async (_, credentials, headers) => {
    const answer = await introspect({ token: token(), ...credentials() }, headers);
    expect([answer.status, answer.json.error]).toEqual([401, 'invalid_client']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="latchkey"/);
    expect(answer.json.active).toBeUndefined();
  },
);

test.each<[string, string]>([
  ['without a token', ''],
  ['with an empty token', 'token='],
  ['with the token twice', 'token=a&token=b'],
  ['with its only secret twice', 'token=a&client_secret=b&client_secret=c'],
])('a request %s is invalid_request', async (_, form) => {
  const { status, json } = await introspect(
    form,
    form.includes('client_') ? {} : { authorization: service.basic },
  );
  expect([status, json.error]).toEqual([400, 'invalid_request']);
});

test('a body that is neither form nor JSON is invalid_request', async () => {
  for (const type of ['text/plain', 'multipart/form-data', 'application/xml', 'application/jsonp']) {
    const response = await app.client().fetch('/auth/introspect', {
      method: 'POST',
      headers: { 'content-type': type, authorization: service.basic },
      body: `token=${token()}`,
    });
    const { error } = (await response.json()) as { error: string };
    expect([type, response.status, error]).toEqual([type, 400, 'invalid_request']);
  }
});

test('GET is not answered: a token does not belong into an address', async () => {
  const response = await app.client().fetch(`/auth/introspect?token=${token()}`, {
    headers: { authorization: service.basic },
  });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

test('a hint and parameters nobody knows do not matter', async () => {
  const { json } = await introspect(
    { token: token(), token_type_hint: 'refresh_token', unknown: 'x' },
    { authorization: service.basic },
  );
  expect(json.active).toBe(true);
});

test.each<[string, () => string]>([
  ['garbage', () => 'garbage'],
  ['a refresh token', () => person.client.refreshToken ?? ''],
  ['the asker’s own secret', () => service.clientSecret],
  ['a changed token', () => `${token().slice(0, -4)}AAAA`],
])('%s is exactly inactive', async (_, made) => {
  expect(await withBasic(made())).toMatchObject({ status: 200, text: INACTIVE });
});

test('an expired token, and one whose session has ended, are exactly inactive', async () => {
  const [expired, ended] = [await newPerson(app), await newPerson(app)];
  expect((await withBasic(ended.client.accessToken)).json.active).toBe(true);
  await ended.client.send('mutation { logout { ok } }');
  expect((await withBasic(ended.client.accessToken)).text).toBe(INACTIVE);
  expect((await withBasic(expired.client.accessToken)).json.active).toBe(true);
  clock.advance(900);
  expect((await withBasic(expired.client.accessToken)).text).toBe(INACTIVE);
  person = await newPerson(app);
  admin = await app.adminClient();
});

test('a service sees the tokens of its own audiences; of another it learns nothing', async () => {
  for (const identifier of ['orders-api', 'stock-api'])
    await run(admin, operations.registerAudience, { input: { identifier, description: '' } });
  const orders = await newService(admin, { audiences: ['orders-api'] });
  const both = await newService(admin, { audiences: ['orders-api', 'stock-api'] });
  const stock = app.client();
  await stock.login({ email: person.email, password: PASSWORD, audience: 'stock-api' });
  expect((await withBasic(stock.accessToken, both)).json).toMatchObject({ active: true, aud: 'stock-api' });
  expect((await withBasic(stock.accessToken, orders)).text).toBe(INACTIVE);
  expect((await withBasic(stock.accessToken, service)).text).toBe(INACTIVE);
  expect((await withBasic(token(), orders)).text).toBe(INACTIVE);
});

test('a disabled account is invalid_client from then on', async () => {
  const disabled = await newService(admin);
  expect((await withBasic(token(), disabled)).json.active).toBe(true);
  await run(admin, operations.disableServiceAccount, { input: { id: disabled.clientId } });
  const { status, json } = await withBasic(token(), disabled);
  expect([status, json.error]).toEqual([401, 'invalid_client']);
});

test('an account without the permission is told so, not what the token is', async () => {
  const { status, json } = await withBasic(token(), await newService(admin, { roles: [] }));
  expect([status, json.error, json.active]).toEqual([403, 'insufficient_scope', undefined]);
});

test('a body beyond its bound is refused', async () => {
  const { status, json } = await withBasic('x'.repeat(20_000));
  expect([status, json.error]).toEqual([400, 'invalid_request']);
});
