import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { newApiKey } from '../../support/api-keys.js';
import { newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';
import {
  createServiceAccount,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  requestToken,
  updateServiceAccount,
  viewerOf,
} from '../../support/service-accounts.js';
import { STALE_SECONDS } from '../../support/step-up.js';

const ORDERS = 'https://orders.example.com';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: ORDERS, description: '' } });
});
afterAll(async () => await app.close());

const updated = async (input: object) => {
  const answer = await updateServiceAccount(admin, input);
  expect(answer.errors).toEqual([]);
  return answer.data?.['updateServiceAccount'].serviceAccount;
};

test('an account begins with this API’s audience alone, tokens of an hour and no limit of its own', async () => {
  const { data } = await createServiceAccount(admin);
  expect(data?.['createServiceAccount'].serviceAccount).toMatchObject({
    audiences: ['http://localhost:3000'],
    allowedAudiences: ['http://localhost:3000'],
    scopes: null,
    tokenTtlSeconds: 3600,
  });
});

test('what is said is changed, what is left out stays, and null means nothing but for the limit', async () => {
  const { clientId: id } = await newServiceAccount(admin, { description: 'before', scopes: ['users:read'] });
  const change = { name: ` renamed ${id} `, allowedAudiences: [ORDERS], tokenTtlSeconds: 60 };
  const first = await updated({ id: id.toUpperCase(), ...change, description: null });
  expect(first).toEqual({
    id,
    name: `renamed ${id}`,
    description: 'before',
    enabled: true,
    audiences: ['http://localhost:3000'],
    allowedAudiences: [ORDERS],
    scopes: ['users:read'],
    tokenTtlSeconds: 60,
  });
  expect(await updated({ id, scopes: null, audiences: [ORDERS] })).toEqual({
    ...first,
    scopes: null,
    audiences: [ORDERS],
  });
});

test('a change is audited by the names of what it changed, and none is none', async () => {
  const { clientId: id } = await newServiceAccount(admin);
  await updated({ id, tokenTtlSeconds: 120, description: 'new' });
  await updated({ id, tokenTtlSeconds: 120 });
  const rows = await sql(
    app,
    `select payload from audit_events where subject_id = ? and name = 'service_account.updated'`,
    [id],
  );
  expect(rows.map(({ payload }) => payload)).toEqual([{ changed: ['description', 'tokenTtlSeconds'] }]);
});

test('an audience that is taken away is at once good for nothing', async () => {
  const service = await newServiceAccount(admin, { audiences: ['http://localhost:3000'] });
  const token = await machineToken(app.url, service);
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(service.clientId);
  await updated({ id: service.clientId, allowedAudiences: [ORDERS] });
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
});

test('enabled again, an account has its secrets and keys back, and none of its tokens', async () => {
  const service = await newServiceAccount(admin);
  const { clientId: id, basic } = service;
  const { secret: key } = await newApiKey(admin, { serviceAccountId: id });
  const token = await machineToken(app.url, service);
  await disableServiceAccount(admin, id);
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
  expect(await viewerOf(app.client(), `Bearer ${key}`)).toBe('API_KEY_INVALID');
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  expect((await requestToken(app.url, service)).json['error']).toBe('invalid_client');
  expect((await updated({ id, enabled: true })).enabled).toBe(true);
  expect(await viewerOf(app.client(), basic)).toBe(id);
  expect(await viewerOf(app.client(), `Bearer ${key}`)).not.toBe('API_KEY_INVALID');
  // The clock of the test has not moved: the token of before and the one of now are of the same moment.
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  expect(await viewerOf(app.client(), `Bearer ${await machineToken(app.url, service)}`)).toBe(id);
});

test('tokens of a server whose clock is ahead are gone with the rest', async () => {
  const service = await newServiceAccount(admin);
  clock.advance(30);
  const token = await machineToken(app.url, service);
  clock.advance(-30);
  await disableServiceAccount(admin, service.clientId);
  await updated({ id: service.clientId, enabled: true });
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  const next = await machineToken(app.url, service);
  expect(await viewerOf(app.client(), `Bearer ${next}`)).toBe(service.clientId);
});

test('nothing is changed by half, or to what cannot be', async () => {
  const { clientId: id } = await newServiceAccount(admin);
  const { data: taken } = await createServiceAccount(admin);
  const { name } = (taken ?? {})['createServiceAccount'].serviceAccount;
  const before = await sql(app, 'select * from service_accounts where id = ?', [id]);
  const refusals: [object, number, string][] = [
    [{ description: 'x', name }, 409, 'SERVICE_ACCOUNT_NAME_TAKEN'],
    [{ description: 'x', audiences: ['urn:nobody'] }, 422, 'AUDIENCE_UNKNOWN'],
    [{ description: 'x', allowedAudiences: ['urn:nobody'] }, 422, 'AUDIENCE_UNKNOWN'],
    [{ description: 'x', scopes: ['no:such'] }, 422, 'PERMISSION_UNKNOWN'],
    [{ description: 'x', tokenTtlSeconds: 59 }, 422, 'INVALID_INPUT'],
    [{ description: 'x', tokenTtlSeconds: 86_401 }, 422, 'INVALID_INPUT'],
    [{ description: 'x', enabled: false }, 422, 'INVALID_INPUT'],
    [{ description: 'x', name: ' \n ' }, 422, 'INVALID_INPUT'],
    [{ description: 'x'.repeat(501) }, 422, 'INVALID_INPUT'],
    [{ id: '01890000-0000-7000-8000-000000000000' }, 404, 'SERVICE_ACCOUNT_NOT_FOUND'],
  ];
  for (const [input, status, code] of refusals) {
    const answer = await updateServiceAccount(admin, { id, ...input });
    expect([input, answer.status, answer.code]).toEqual([input, status, code]);
  }
  expect(await sql(app, 'select * from service_accounts where id = ?', [id])).toEqual(before);
});

test('nobody changes or enables an account that may do more than they', async () => {
  const role = await newRole(app, ['roles:read']);
  const strong = await newServiceAccount(admin, { roles: [role] });
  await disableServiceAccount(admin, strong.clientId);
  const weak = await newDelegate(app, admin, ['service_accounts:modify']);
  const answer = await updateServiceAccount(weak.client, { id: strong.clientId, enabled: true });
  expect([answer.status, answer.code]).toEqual([403, 'USER_TOO_POWERFUL']);
  expect(await viewerOf(app.client(), strong.basic)).toBe('CLIENT_INVALID');
  const equal = await newServiceAccount(admin, { roles: [] });
  expect((await updateServiceAccount(weak.client, { id: equal.clientId, description: 'x' })).errors).toEqual(
    [],
  );
});

test('it takes the permission and a fresh proof', async () => {
  const { client } = await newPerson(app);
  const { clientId: id, basic } = await newServiceAccount(admin);
  expect((await updateServiceAccount(client, { id })).code).toBe('FORBIDDEN');
  expect((await updateServiceAccount(app.client(), { id })).code).toBe('UNAUTHENTICATED');
  const itself = await updateServiceAccount(app.client(), { id }, { authorization: basic });
  expect(itself.code).toBe('FORBIDDEN');
  clock.advance(STALE_SECONDS);
  await admin.refresh();
  const stale = await updateServiceAccount(admin, { id });
  expect([stale.code, stale.errors[0]?.extensions['details'].action]).toEqual([
    'STEP_UP_REQUIRED',
    'change_service_account',
  ]);
  admin = await app.adminClient();
});
