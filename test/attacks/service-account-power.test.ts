import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { createApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { operations, run } from '../support/operations.js';
import {
  clientSecretsOf,
  createClientSecret,
  createServiceAccount,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  openSocket,
  revokeClientSecret,
  rotateClientSecret,
  updateServiceAccount,
  viewerOf,
} from '../support/service-accounts.js';

const OWN = 'http://localhost:3000';
const PAY = `https://pay-${randomBytes(4).toString('hex')}.example.com`;

let app: TestApp;
let admin: Client;
let server: Service;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: PAY, description: '' } });
  server = await newServiceAccount(admin, { audiences: [PAY], allowedAudiences: [PAY] });
});
afterAll(async () => await app.close());

const machineWith = async (permissions: readonly string[], input: object = {}) =>
  await newServiceAccount(admin, { roles: [await newRole(app, permissions)], ...input });
const facts = async (id: string) =>
  (await admin.send('query ($id: UUID!) { serviceAccount(id: $id) { audiences description } }', { id }))
    .data?.['serviceAccount'];

describe('whoever may see the tokens of an audience is as powerful as that', () => {
  test('nobody gives an audience that they do not manage, to an account of before or a new one', async () => {
    const rights = ['service_accounts:create', 'service_accounts:modify', 'tokens:introspect'];
    const { client } = await newDelegate(app, admin, rights);
    const { clientId: id } = await newServiceAccount(admin, { roles: [] });
    const given = await updateServiceAccount(client, { id, description: 'x', audiences: [OWN, PAY] });
    expect([given.status, given.code]).toEqual([403, 'AUDIENCE_TOO_WIDE']);
    expect(await facts(id)).toEqual({ audiences: [OWN], description: '' });
    const created = await createServiceAccount(client, { roles: [], audiences: [PAY] });
    expect([created.status, created.code]).toEqual([403, 'AUDIENCE_TOO_WIDE']);
    const manager = await newDelegate(app, admin, [...rights, 'audiences:manage', 'roles:manage']);
    const may = await updateServiceAccount(manager.client, { id, audiences: [OWN, PAY] });
    expect(may.errors).toEqual([]);
  });

  test('a machine gives what it owns itself, and nothing else', async () => {
    const owner = await machineWith(['service_accounts:modify'], { audiences: [PAY] });
    const other = await machineWith(['service_accounts:modify']);
    const { clientId: id } = await newServiceAccount(admin, { roles: [] });
    const give = async ({ basic }: Service) =>
      (await updateServiceAccount(app.client(), { id, audiences: [PAY] }, { authorization: basic })).code;
    expect(await give(other)).toBe('AUDIENCE_TOO_WIDE');
    expect(await give(owner)).toBe(undefined);
  });

  test('nobody changes a resource server of others, or takes a secret or a key of it', async () => {
    const rights = ['service_accounts:modify', 'service_accounts:disable', 'tokens:introspect'];
    const held = [...rights, 'sessions:watch', 'api_keys:create'];
    const { client } = await newDelegate(app, admin, held);
    const { clientId: id } = server;
    const [secret] = await clientSecretsOf(admin, id);
    const clientSecretId = secret?.id;
    const answers = [
      await updateServiceAccount(client, { id, description: 'x' }),
      await createClientSecret(client, { serviceAccountId: id }),
      await rotateClientSecret(client, { clientSecretId }),
      await createApiKey(client, { serviceAccountId: id, scopes: [] }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(Array(4).fill('USER_TOO_POWERFUL'));
    const { clientId: other } = await newServiceAccount(admin);
    expect((await createClientSecret(client, { serviceAccountId: other })).errors).toEqual([]);
    const manager = await newDelegate(app, admin, [...held, 'audiences:manage']);
    expect((await createClientSecret(manager.client, { serviceAccountId: id })).errors).toEqual([]);
    // To end its use is to gain nothing by it.
    const victim = await newServiceAccount(admin, { audiences: [PAY] });
    await disableServiceAccount(client, victim.clientId);
    expect(await viewerOf(app.client(), victim.basic)).toBe('CLIENT_INVALID');
  });
});

test('a machine changes of itself what it is called, and nothing that it may do', async () => {
  const machine = await machineWith(['service_accounts:modify', 'audiences:manage'], {
    audiences: [PAY],
    scopes: ['audiences:manage', 'service_accounts:modify'],
  });
  const { clientId: id, basic: authorization } = machine;
  const change = async (input: object) =>
    (await updateServiceAccount(app.client(), { id, ...input }, { authorization })).code;
  for (const wider of [
    { audiences: [PAY, OWN] },
    { allowedAudiences: [PAY, OWN] },
    { scopes: null },
    { tokenTtlSeconds: 86_400 },
  ]) {
    expect([wider, await change({ description: 'x', ...wider })]).toEqual([wider, 'FORBIDDEN']);
  }
  expect(await facts(id)).toEqual({ audiences: [PAY], description: '' });
  expect(await change({ description: 'mine', tokenTtlSeconds: 3600 })).toBe(undefined);
  expect(await facts(id)).toEqual({ audiences: [PAY], description: 'mine' });
});

test('secrets are not made and ended without bound, by new accounts, new secrets or replaced ones', async () => {
  const machine = await machineWith(['service_accounts:modify', 'service_accounts:create']);
  const headers = { authorization: machine.basic };
  const client = app.client();
  let made = 0;
  let code: string | undefined;
  while (code === undefined && made < 500) {
    const created = await createClientSecret(client, { serviceAccountId: machine.clientId }, headers);
    code = created.code;
    if (code === undefined) {
      await revokeClientSecret(client, created.data?.['createClientSecret'].clientSecret.id, headers);
      made += 1;
    }
  }
  expect([made, code]).toEqual([60, 'RATE_LIMITED']);
  const [secret] = await clientSecretsOf(admin, machine.clientId);
  const clientSecretId = secret?.id;
  expect((await rotateClientSecret(client, { clientSecretId }, headers)).code).toBe('RATE_LIMITED');
  const account = { name: 'one-more', roles: [] };
  const refused = await client.send(
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }',
    { input: account },
    headers,
  );
  expect(refused.code).toBe('RATE_LIMITED');
  expect((await createClientSecret(admin, { serviceAccountId: machine.clientId })).errors).toEqual([]);
});

describe('the tokens of an account that is narrowed', () => {
  test.each([
    ['by an audience', { allowedAudiences: [PAY] }, { allowedAudiences: [OWN, PAY] }],
    ['by a limit', { scopes: [] }, { scopes: null }],
  ])('%s do not come back when it is widened again', async (_title, narrow, wide) => {
    const service = await newServiceAccount(admin, { allowedAudiences: [OWN, PAY] });
    const { clientId: id, basic } = service;
    const token = await machineToken(app.url, service, { resource: OWN });
    const [byToken] = await openSocket(app.client(), `Bearer ${token}`);
    const [bySecret] = await openSocket(app.client(), basic);
    expect((await updateServiceAccount(admin, { id, ...narrow })).errors).toEqual([]);
    expect(await byToken).toBe(4401);
    expect((await updateServiceAccount(admin, { id, ...wide })).errors).toEqual([]);
    expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
    const next = await machineToken(app.url, service, { resource: OWN });
    expect(await viewerOf(app.client(), `Bearer ${next}`)).toBe(id);
    expect(await stillOpen(bySecret)).toBe(true);
  });

  test('go on where nothing was taken', async () => {
    const service = await newServiceAccount(admin, { scopes: ['tokens:introspect'] });
    const token = await machineToken(app.url, service);
    const change = { id: service.clientId, scopes: null, allowedAudiences: [PAY, OWN], description: 'x' };
    expect((await updateServiceAccount(admin, change)).errors).toEqual([]);
    expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(service.clientId);
  });
});

test('an account that is enabled again keeps its new sockets, and gets none by a token of before', async () => {
  const service = await newServiceAccount(admin);
  const { clientId: id, basic } = service;
  const old = await machineToken(app.url, service);
  await disableServiceAccount(admin, id);
  expect((await updateServiceAccount(admin, { id, enabled: true })).errors).toEqual([]);
  const next = await machineToken(app.url, service);
  const [bySecret] = await openSocket(app.client(), basic);
  const [byToken] = await openSocket(app.client(), `Bearer ${next}`);
  const [byOld] = await openSocket(app.client(), `Bearer ${old}`);
  expect(await byOld).toBe(4401);
  expect([await stillOpen(bySecret), await stillOpen(byToken)]).toEqual([true, true]);
});

/** Whether a socket has not been closed by what happened before: a later one of somebody else's has been, by then. */
async function stillOpen(closed: Promise<number> | undefined): Promise<boolean> {
  const other = await newServiceAccount(admin);
  const [ended] = await openSocket(app.client(), other.basic);
  await disableServiceAccount(admin, other.clientId);
  await ended;
  return (await Promise.race([closed, Promise.resolve('open')])) === 'open';
}
