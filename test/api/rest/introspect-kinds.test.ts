import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newPerson, newService, type Person, type Service } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { newApiKey, revokeApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { INACTIVE, introspect } from '../../support/introspection.js';
import { operations, run } from '../../support/operations.js';
import {
  addSecret,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  revokeClientSecret,
} from '../../support/service-accounts.js';

const OWN = 'http://localhost:3000';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let own: Service;
let orders: Service;
let person: Person;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: 'orders-api', description: '' } });
  own = await newService(admin);
  orders = await newService(admin, { audiences: ['orders-api'] });
  person = await newPerson(app);
});
afterAll(async () => await app.close());

const ask = async (token: string, asker = own, form: Record<string, string> = {}) =>
  await introspect(app, { token, ...form }, { authorization: asker.basic });

test('the token of a service account is told with what is left of it', async () => {
  const role = await newRole(app, ['users:list', 'audit:read']);
  const caller = await newServiceAccount(admin, { roles: [role] });
  const token = await machineToken(app.url, caller, { scope: 'users:list' });
  const { json } = await ask(token);
  const { scope: _, ...claims } = claimsOf(token);
  expect(json).toEqual({
    active: true,
    token_type: 'Bearer',
    principal_type: 'service_account',
    ...claims,
    scope: 'users:list',
    // The role stands for more than the token carries.
    roles: [],
    permissions: ['users:list'],
  });
  expect((await ask(await machineToken(app.url, caller))).json).toMatchObject({ roles: [role] });
  expect(json['client_id']).toBe(caller.clientId);
});

test('a machine’s token is shown to whoever owns its audience, and to nobody else', async () => {
  const caller = await newServiceAccount(admin, { allowedAudiences: [OWN, 'orders-api'] });
  const [here, there] = [
    await machineToken(app.url, caller),
    await machineToken(app.url, caller, { audience: 'orders-api' }),
  ];
  expect((await ask(here, own)).json).toMatchObject({ active: true, aud: OWN });
  expect((await ask(here, orders)).text).toBe(INACTIVE);
  expect((await ask(there, orders)).json).toMatchObject({ active: true, aud: 'orders-api' });
  expect((await ask(there, own)).text).toBe(INACTIVE);
});

test('a machine’s token is inactive once it expired, its secret was ended, or its account disabled', async () => {
  const [late, ended, disabled] = [
    await newServiceAccount(admin, { tokenTtlSeconds: 60 }),
    await newServiceAccount(admin),
    await newServiceAccount(admin),
  ];
  const secret = await addSecret(admin, ended.clientId);
  const tokens = [
    await machineToken(app.url, late),
    await machineToken(app.url, secret),
    await machineToken(app.url, disabled),
  ];
  const states = async () =>
    await Promise.all(tokens.map(async (token) => (await ask(token)).json['active']));
  expect(await states()).toEqual([true, true, true]);
  await revokeClientSecret(admin, secret.id);
  await disableServiceAccount(admin, disabled.clientId);
  expect(await states()).toEqual([true, false, false]);
  clock.advance(60);
  expect(await states()).toEqual([false, false, false]);
});

test('what a role gave is gone from a machine’s token and key with the role', async () => {
  const role = await newRole(app, ['users:list']);
  const caller = await newServiceAccount(admin, { roles: [role] });
  const { secret } = await newApiKey(admin, { serviceAccountId: caller.clientId, scopes: ['users:list'] });
  const token = await machineToken(app.url, caller);
  const scopes = async () => [(await ask(token)).json['scope'], (await ask(secret)).json['scope']];
  expect(await scopes()).toEqual(['users:list', 'users:list']);
  const answer = await admin.send(
    'mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { __typename } }',
    { input: { serviceAccountId: caller.clientId, role } },
  );
  expect(answer.errors).toEqual([]);
  expect(await scopes()).toEqual(['', '']);
});

test.each(['user', 'service_account'])('a key of a %s says whose it is', async (kind) => {
  const account = await newServiceAccount(admin);
  const keyed =
    kind === 'user'
      ? await newApiKey(person.client)
      : await newApiKey(admin, { serviceAccountId: account.clientId });
  const { json } = await ask(keyed.secret);
  expect(json).toEqual({
    active: true,
    token_type: 'Bearer',
    principal_type: 'api_key',
    iss: OWN,
    aud: OWN,
    sub: kind === 'user' ? person.id : account.clientId,
    owner_type: kind,
    key_id: keyed.id,
    exp: expect.any(Number),
    scope: '',
    roles: [],
    permissions: [],
  });
  expect((await ask(keyed.secret, orders)).text).toBe(INACTIVE);
  await revokeApiKey(kind === 'user' ? person.client : admin, keyed.id);
  expect((await ask(keyed.secret)).text).toBe(INACTIVE);
});

test('a key for some networks is active where the asker says that it was used in one of them', async () => {
  const networks = ['192.0.2.0/24', '2001:db8::/32'];
  const { secret } = await newApiKey(person.client, { allowedNetworks: networks });
  const active = async (clientIp?: string) =>
    (await ask(secret, own, clientIp === undefined ? {} : { client_ip: clientIp })).json['active'];
  expect(await active('192.0.2.7')).toBe(true);
  expect(await active('::ffff:192.0.2.7')).toBe(true);
  expect(await active('2001:db8::1')).toBe(true);
  expect(await active('198.51.100.1')).toBe(false);
  expect(await active('127.0.0.1')).toBe(false);
  // Where the asker does not say, nobody knows.
  expect(await active()).toBe(false);
  expect(await active('')).toBe(false);
});

test.each(['localhost', '192.0.2.7, 192.0.2.8', '192.0.2.0/24', '192.0.2.7:80', 'fe80::1%eth0', '٣.٣.٣.٣'])(
  'a client_ip of %s is invalid_request',
  async (clientIp) => {
    const { status, json } = await ask('whatever', own, { client_ip: clientIp });
    expect([status, json['error']]).toEqual([400, 'invalid_request']);
  },
);
