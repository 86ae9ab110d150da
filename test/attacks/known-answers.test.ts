import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemCaller } from '../../src/kernel/caller.js';
import { newPerson, newService, type Person, type Service } from '../support/accounts.js';
import { changed, newRole } from '../support/admins.js';
import { newApiKey, revokeApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { INACTIVE, introspect, type IntrospectAnswer } from '../support/introspection.js';
import {
  addSecret,
  disableServiceAccount,
  machineToken,
  revokeClientSecret,
} from '../support/service-accounts.js';

// What was asked before is answered out of memory, without a promise and without a read. Nothing that ends, and
// nothing that changes, may live on there.
let app: TestApp;
let admin: Client;
let person: Person;
let service: Service;
const clock = new FakeClock();

beforeAll(async () => {
  app = await startTestApp({ clock });
});
beforeEach(async () => {
  admin = await app.adminClient();
  person = await newPerson(app);
  service = await newService(admin);
});
afterAll(() => app.close());

async function ask(token: string, basic = service.basic): Promise<IntrospectAnswer> {
  return await introspect(app, { token }, { authorization: basic });
}

/** Asked until the answer comes out of memory, of the token and of whoever asks. */
async function known(token: string, basic = service.basic): Promise<IntrospectAnswer> {
  for (let n = 0; n < 3; n += 1) expect((await ask(token, basic)).json['active']).toBe(true);
  return await ask(token, basic);
}

const token = (): string => person.client.accessToken ?? '';

async function validate(): Promise<Response> {
  return await app.client().fetch('/auth/validate', { headers: { authorization: `Bearer ${token()}` } });
}

test('a known token is inactive, and opens no gateway, as soon as its session has ended', async () => {
  await known(token());
  for (let n = 0; n < 3; n += 1) expect((await validate()).status).toBe(200);
  await person.client.send('mutation { logout { ok } }');
  expect((await ask(token())).text).toBe(INACTIVE);
  expect((await validate()).status).toBe(401);
});

test('a known token is inactive as soon as its user is deactivated', async () => {
  await known(token());
  await changed(admin, 'deactivateUser', { userId: person.id });
  expect((await ask(token())).text).toBe(INACTIVE);
});

test('a known answer tells of a role from the moment it is given, and no more when it is taken', async () => {
  const role = await newRole(app, ['users:read']);
  expect((await known(token())).json['permissions']).toEqual([]);
  await validate();
  await changed(admin, 'assignRole', { userId: person.id, role });
  expect((await known(token())).json['permissions']).toEqual(['users:read']);
  expect((await validate()).headers.get('x-auth-scopes')).toBe('users%3Aread');
  await changed(admin, 'revokeRole', { userId: person.id, role });
  expect((await ask(token())).json['permissions']).toEqual([]);
  expect((await validate()).headers.get('x-auth-scopes')).toBe('');
});

test('a role that was given until some moment is gone from a known answer at that moment', async () => {
  const role = await newRole(app, ['users:read']);
  const expiresAt = new Date(clock.now().getTime() + 30_000).toISOString();
  await changed(admin, 'assignRole', { userId: person.id, role, expiresAt });
  expect((await known(token())).json['permissions']).toEqual(['users:read']);
  clock.advance(31);
  expect((await ask(token())).json['permissions']).toEqual([]);
});

test('a known API key is inactive as soon as it is revoked', async () => {
  const key = await newApiKey(person.client, { scopes: [] });
  await known(key.secret);
  expect((await revokeApiKey(person.client, key.id)).errors).toEqual([]);
  expect((await ask(key.secret)).text).toBe(INACTIVE);
});

test('a known API key is not another one that differs in its secret', async () => {
  const key = await newApiKey(person.client, { scopes: [] });
  await known(key.secret);
  const last = key.secret.at(-1) === 'a' ? 'b' : 'a';
  expect((await ask(key.secret.slice(0, -1) + last)).text).toBe(INACTIVE);
});

test('a known token of a machine is inactive as soon as its account is disabled', async () => {
  const machine = await newService(admin);
  const theirs = await machineToken(app.url, machine);
  await known(theirs);
  await disableServiceAccount(admin, machine.clientId);
  expect((await ask(theirs)).text).toBe(INACTIVE);
});

test('who asks is refused from the moment their account is disabled', async () => {
  await known(token());
  await disableServiceAccount(admin, service.clientId);
  expect((await ask(token())).status).toBe(401);
});

test('who asks is refused from the moment their secret is revoked, and another secret stays good', async () => {
  const second = await addSecret(admin, service.clientId);
  await known(token(), second.basic);
  await known(token());
  expect((await revokeClientSecret(admin, second.id)).errors).toEqual([]);
  expect((await ask(token(), second.basic)).status).toBe(401);
  expect((await ask(token())).json['active']).toBe(true);
});

test('who asks is refused from the moment the role that lets them is taken', async () => {
  const role = await newRole(app, ['tokens:introspect']);
  const asker = await newService(admin, { roles: [role] });
  await known(token(), asker.basic);
  const answer = await admin.send(
    'mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { __typename } }',
    { input: { serviceAccountId: asker.clientId, role } },
  );
  expect(answer.errors).toEqual([]);
  expect((await ask(token(), asker.basic)).status).toBe(403);
});

test('a known token is told to nobody who does not own its audience', async () => {
  const other = await newService(admin, { audiences: [] });
  await known(token());
  for (let n = 0; n < 3; n += 1) expect((await ask(token(), other.basic)).text).toBe(INACTIVE);
});

test('a known question with anything more in it is judged as a whole', async () => {
  await known(token());
  const { basic } = service;
  const more = async (form: string | Record<string, string>, headers = {}) =>
    (await introspect(app, form, { authorization: basic, ...headers })).status;
  expect(await more({ token: token(), client_secret: service.clientSecret })).toBe(400);
  expect(await more({ token: token(), client_id: person.id })).toBe(400);
  expect(await more(`token=${token()}&token=${token()}`)).toBe(400);
  expect(await more({ token: token() }, { 'x-api-key': 'lk' })).toBe(400);
  expect(await more({ token: token(), client_ip: 'nowhere' })).toBe(400);
  expect(await more({ token: token(), token_type_hint: 'access_token' })).toBe(200);
  expect(await more({ token: '' })).toBe(400);
});

test('a parameter that is spelled with escapes is the same parameter', async () => {
  await known(token());
  const spelled = `%74oken=${token().replaceAll('.', '%2E')}`;
  const answer = await ask(token());
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: service.basic };
  const response = await app.client().fetch('/auth/introspect', { method: 'POST', headers, body: spelled });
  expect(await response.text()).toBe(answer.text);
});

test('a known token is inactive when it has expired, and when the clock runs behind its issue', async () => {
  await known(token());
  clock.advance(-120);
  expect((await ask(token())).text).toBe(INACTIVE);
  clock.advance(120 + 901);
  expect((await ask(token())).text).toBe(INACTIVE);
});

test('no known token outlives the key that signed it', async () => {
  await known(token());
  await app.services.signingKeys.rotate(systemCaller(), 0);
  expect((await ask(token())).text).toBe(INACTIVE);
});
