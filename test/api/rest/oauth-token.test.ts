import { afterAll, beforeAll, expect, test } from 'vitest';
import { purgeMachineTokensJob } from '../../../src/features/service-accounts/purge-machine-tokens.job.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { claimsOf, newService, type Service, sql } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';
import {
  addSecret,
  machineToken,
  newServiceAccount,
  post,
  requestToken,
  updateServiceAccount,
  viewerOf,
} from '../../support/service-accounts.js';

const OWN = 'http://localhost:3000';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let service: Service;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  service = await newService(admin);
});
afterAll(async () => await app.close());

test('a client secret gets an access token as RFC 6749 and RFC 9068 have it', async () => {
  const { status, headers, json } = await requestToken(app.url, service);
  expect(status).toBe(200);
  expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  expect(json).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'sessions:watch tokens:introspect',
  });
  const claims = claimsOf(json['access_token']);
  const iat = Math.floor(clock.now().getTime() / 1000);
  expect(claims).toEqual({
    iss: OWN,
    sub: service.clientId,
    client_id: service.clientId,
    aud: OWN,
    iat,
    exp: iat + 3600,
    jti: expect.any(String),
    scope: 'sessions:watch tokens:introspect',
    roles: ['resource_server'],
  });
});

test('the token is who it was issued to, on this API', async () => {
  const token = await machineToken(app.url, service);
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(service.clientId);
});

test('client_secret_post gets the same as client_secret_basic, and both at once get nothing', async () => {
  const { clientId: client_id, clientSecret: client_secret } = service;
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const posted = await post(app.url, '/oauth/token', form);
  expect([posted.status, posted.json['scope']]).toEqual([200, 'sessions:watch tokens:introspect']);
  const both = await post(app.url, '/oauth/token', form, { authorization: service.basic });
  expect([both.status, both.json['error']]).toEqual([400, 'invalid_request']);
});

const GRANT = { grant_type: 'client_credentials' };
test.each<[string, string | Record<string, string>, number, string]>([
  ['no grant type', { scope: '' }, 400, 'invalid_request'],
  ['another grant', { grant_type: 'password', username: 'a', password: 'b' }, 400, 'unsupported_grant_type'],
  ['a grant type twice', 'grant_type=client_credentials&grant_type=password', 400, 'invalid_request'],
  ['a scope twice', 'grant_type=client_credentials&scope=a&scope=b', 400, 'invalid_request'],
  ['a scope that there is not', { ...GRANT, scope: 'no:such' }, 400, 'invalid_scope'],
  ['a scope beyond its roles', { ...GRANT, scope: 'tokens:introspect users:read' }, 400, 'invalid_scope'],
  ['everything by a star', { ...GRANT, scope: '*' }, 400, 'invalid_scope'],
  ['a malformed scope', { ...GRANT, scope: 'tokens:introspect  sessions:watch' }, 400, 'invalid_scope'],
  ['a scope that is no text', { ...GRANT, scope: 'a\u0000b' }, 400, 'invalid_scope'],
  ['an audience that is not its own', { ...GRANT, audience: 'urn:other' }, 400, 'invalid_target'],
  [
    'a resource that is not its own',
    { ...GRANT, resource: 'https://other.example.com' },
    400,
    'invalid_target',
  ],
  ['two audiences', { ...GRANT, audience: OWN, resource: 'urn:other' }, 400, 'invalid_target'],
  [
    'two resources',
    `grant_type=client_credentials&resource=${encodeURIComponent(OWN)}&resource=urn:other`,
    400,
    'invalid_target',
  ],
  ['the name of another client', { ...GRANT, client_id: 'another' }, 400, 'invalid_request'],
])('%s is refused in the words of the RFCs', async (_, form, status, error) => {
  const answer = await post(app.url, '/oauth/token', form, { authorization: service.basic });
  expect([answer.status, answer.json['error']]).toEqual([status, error]);
  expect(Object.keys(answer.json).toSorted()).toEqual(['error', 'error_description']);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test.each<[string, () => Record<string, string>, Record<string, string>]>([
  ['nobody', () => ({}), {}],
  ['a wrong secret', () => ({ client_id: service.clientId, client_secret: `lks_${'A'.repeat(43)}` }), {}],
  ['no secret of ours', () => ({ client_id: service.clientId, client_secret: 'hunter2' }), {}],
  ['an unknown client', () => ({ client_id: 'x', client_secret: service.clientSecret }), {}],
  ['a secret without a client', () => ({ client_secret: service.clientSecret }), {}],
  ['a malformed header', () => ({}), { authorization: 'Basic %%%' }],
  [
    'an assertion, which we do not take',
    () => ({ client_assertion: 'x.y.z', client_id: service.clientId }),
    {},
  ],
])('%s is invalid_client, with a challenge', async (_, credentials, headers) => {
  const answer = await post(app.url, '/oauth/token', { ...GRANT, ...credentials() }, headers);
  expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="latchkey"/);
});

test('a person’s token, a machine’s token and an API key are no client secrets', async () => {
  const token = await machineToken(app.url, service);
  for (const authorization of [`Bearer ${admin.accessToken}`, `Bearer ${token}`, 'Bearer lk_test_x']) {
    const answer = await post(app.url, '/oauth/token', GRANT, { authorization });
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
  }
});

test('JSON, text and a form that is too large are invalid_request, and GET is no way to ask', async () => {
  const ask = async (type: string, body: string) =>
    await app.client().fetch('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': type, authorization: service.basic },
      body,
    });
  const bodies = [
    ['application/json', JSON.stringify(GRANT)],
    ['application/json', '{'],
    ['text/plain', 'grant_type=client_credentials'],
    ['application/x-www-form-urlencoded', `grant_type=client_credentials&scope=${'a'.repeat(20_000)}`],
  ] as const;
  for (const [type, body] of bodies) {
    const answer = await ask(type, body);
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_request',
    ]);
  }
  const { status, headers } = await app.client().fetch('/oauth/token?grant_type=client_credentials');
  expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
});

test('a token carries what was asked for, and no more can be done with it', async () => {
  const role = await newRole(app, ['users:read', 'roles:read', 'users:list']);
  const { basic, clientId } = await newServiceAccount(admin, { roles: [role] });
  const token = await machineToken(app.url, { basic }, { scope: 'roles:read' });
  expect(claimsOf(token)['scope']).toBe('roles:read');
  const viewer = async (authorization: string) =>
    (await app.client().send('{ viewer { kind id permissions } }', {}, { authorization })).data?.['viewer'];
  expect(await viewer(`Bearer ${token}`)).toEqual({
    kind: 'service_account',
    id: clientId,
    permissions: ['roles:read'],
  });
  expect((await viewer(basic)).permissions).toEqual(['roles:read', 'users:list', 'users:read']);
});

test('what a role gives no more is in no new token, and in no old one either', async () => {
  const role = await newRole(app, ['users:read', 'roles:read']);
  const { basic, clientId } = await newServiceAccount(admin, { roles: [role] });
  const token = await machineToken(app.url, { basic });
  await app.services.unitOfWork.run(async (unit) => {
    const holder = { kind: 'service_account', id: clientId } as const;
    await app.services.access.revoke(unit, systemCaller(), holder, role);
  });
  const { data } = await app
    .client()
    .send('{ viewer { permissions } }', {}, { authorization: `Bearer ${token}` });
  expect(data?.['viewer'].permissions).toEqual([]);
  const { status, json } = await requestToken(app.url, { basic });
  expect([status, 'scope' in json]).toEqual([200, false]);
  expect((await requestToken(app.url, { basic }, { scope: 'users:read' })).json['error']).toBe(
    'invalid_scope',
  );
});

test('an account’s own limit cuts what its roles give, and ends the tokens of before when it is narrower', async () => {
  const role = await newRole(app, ['users:read', 'roles:read']);
  const { basic, clientId } = await newServiceAccount(admin, { roles: [role], scopes: ['roles:read'] });
  expect((await requestToken(app.url, { basic })).json['scope']).toBe('roles:read');
  expect((await requestToken(app.url, { basic }, { scope: 'users:read' })).json['error']).toBe(
    'invalid_scope',
  );
  await updateServiceAccount(admin, { id: clientId, scopes: null });
  const token = await machineToken(app.url, { basic });
  expect(claimsOf(token)['scope']).toBe('roles:read users:read');
  await updateServiceAccount(admin, { id: clientId, scopes: ['users:read'] });
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  expect(claimsOf(await machineToken(app.url, { basic }))['scope']).toBe('users:read');
});

test('a token is for one audience that the account may call; ours takes none but its own', async () => {
  const [orders, stock] = ['https://orders.example.com', 'https://stock.example.com'];
  for (const identifier of [orders, stock]) {
    await run(admin, operations.registerAudience, { input: { identifier, description: '' } });
  }
  const one = await newServiceAccount(admin, { audiences: [], allowedAudiences: [orders] });
  const token = await machineToken(app.url, one);
  expect(claimsOf(token)['aud']).toBe(orders);
  expect(claimsOf(await machineToken(app.url, one, { audience: orders, resource: orders }))['aud']).toBe(
    orders,
  );
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  const several = await newServiceAccount(admin, { allowedAudiences: [orders, stock] });
  expect((await requestToken(app.url, several)).json['error']).toBe('invalid_target');
  expect(claimsOf(await machineToken(app.url, several, { resource: stock }))['aud']).toBe(stock);
  const none = await newServiceAccount(admin, { allowedAudiences: [] });
  expect((await requestToken(app.url, none)).json['error']).toBe('invalid_target');
});

test('a token lives as long as its account says, and no longer than its secret', async () => {
  const { clientId, basic } = await newServiceAccount(admin, { tokenTtlSeconds: 60 });
  const answer = await requestToken(app.url, { basic });
  expect(answer.json['expires_in']).toBe(60);
  const authorization = `Bearer ${answer.json['access_token']}`;
  clock.advance(59);
  expect(await viewerOf(app.client(), authorization)).toBe(clientId);
  clock.advance(1);
  expect(await viewerOf(app.client(), authorization)).toBe('TOKEN_EXPIRED');
  await updateServiceAccount(await app.adminClient(), { id: clientId, tokenTtlSeconds: 86_400 });
  const brief = await addSecret(await app.adminClient(), clientId, { expiresInDays: 1 });
  clock.advance(86_000);
  const last = await requestToken(app.url, brief);
  expect(last.json['expires_in']).toBe(400);
  clock.advance(400);
  expect(await viewerOf(app.client(), `Bearer ${last.json['access_token']}`)).toBe('TOKEN_EXPIRED');
  expect((await requestToken(app.url, brief)).json['error']).toBe('invalid_client');
  expect(await viewerOf(app.client(), brief.basic)).toBe('CLIENT_INVALID');
  admin = await app.adminClient();
});

test('a machine’s token in a browser’s cookie is nobody’s', async () => {
  const token = await machineToken(app.url, service);
  const cookie = `${app.services.cookies.nameOf('access')}=${token}`;
  const origin = OWN;
  const answer = await app.client().send('{ viewer { id } }', {}, { cookie, origin });
  expect([answer.status, answer.code]).toEqual([401, 'TOKEN_INVALID']);
});

test('tokens are stored by id alone, audited by nobody, and gone a day after they expired', async () => {
  const token = await machineToken(app.url, service);
  const { jti } = claimsOf(token);
  const rows = async () => await sql(app, 'select * from machine_tokens where id = ?', [String(jti)]);
  expect(JSON.stringify(await rows())).not.toContain(token.split('.')[2]);
  expect(await sql(app, 'select 1 from audit_events where subject_id = ?', [String(jti)])).toEqual([]);
  clock.advance(3600 + 86_399);
  await purgeMachineTokensJob.run(app.services);
  expect(await rows()).toHaveLength(1);
  clock.advance(2);
  await purgeMachineTokensJob.run(app.services);
  expect(await rows()).toEqual([]);
});
