import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Service, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const disable = async (client: Client, id: string, headers = {}) =>
  await client.send(
    `mutation ($input: DisableServiceAccountInput!) {
      disableServiceAccount(input: $input) { serviceAccount { id enabled } } }`,
    { input: { id } },
    headers,
  );
const ask = async ({ basic }: Service) =>
  await app.client().send('{ viewer { id } }', {}, { authorization: basic });
const list = async (client: Client, variables: object = {}) =>
  await client.send(
    `query ($first: Int! = 20, $after: String) { serviceAccounts(first: $first, after: $after) {
      edges { node { id enabled } } pageInfo { hasNextPage endCursor } } }`,
    variables,
  );

test('a disabled account is refused from the next request on, also where it was just accepted', async () => {
  const service = await newService(admin);
  expect((await ask(service)).errors).toEqual([]);
  const { data } = await disable(admin, service.clientId.toUpperCase());
  expect(data).toEqual({
    disableServiceAccount: { serviceAccount: { id: service.clientId, enabled: false } },
  });
  const answer = await ask(service);
  expect([answer.status, answer.code]).toEqual([401, 'CLIENT_INVALID']);
});

test('others go on', async () => {
  const [one, other] = [await newService(admin), await newService(admin)];
  await ask(other);
  await disable(admin, one.clientId);
  expect((await ask(other)).errors).toEqual([]);
});

test('its open socket is closed with 4401', async () => {
  const service = await newService(admin);
  const socket = app.client().socket(service.basic);
  const closed = new Promise<number>((resolve) =>
    socket.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  const events = socket.iterate({ query: 'subscription { sessionRevoked { sessionId } }' });
  const connected = new Promise((resolve) => socket.on('connected', resolve));
  const next = events.next().catch((error: unknown) => error);
  await connected;
  await disable(admin, service.clientId);
  expect(await closed).toBe(4401);
  await next;
});

test('disabling again changes nothing and is audited once', async () => {
  const { clientId } = await newService(admin);
  await disable(admin, clientId);
  expect((await disable(admin, clientId)).errors).toEqual([]);
  const rows = await sql(
    app,
    `select 1 from audit_events where name = 'service_account.disabled' and subject_id = ?`,
    [clientId],
  );
  expect(rows).toHaveLength(1);
});

test('an account that does not exist is not found', async () => {
  const answer = await disable(admin, '01890000-0000-7000-8000-000000000000');
  expect([answer.status, answer.code]).toEqual([404, 'SERVICE_ACCOUNT_NOT_FOUND']);
});

test('the accounts are listed newest first, in pages, disabled ones too', async () => {
  const [older, newer] = [await newService(admin), await newService(admin)];
  await disable(admin, older.clientId);
  const first = (await list(admin, { first: 1 })).data?.['serviceAccounts'];
  expect(first.edges).toEqual([{ node: { id: newer.clientId, enabled: true } }]);
  const second = (await list(admin, { first: 1, after: first.pageInfo.endCursor })).data?.['serviceAccounts'];
  expect(second.edges).toEqual([{ node: { id: older.clientId, enabled: false } }]);
  expect((await list(admin, { after: 'garbage' })).code).toBe('INVALID_CURSOR');
});

test('accounts are seen and disabled by permission only, by no account itself', async () => {
  const { client } = await newPerson(app);
  const service = await newService(admin);
  expect((await disable(client, service.clientId)).code).toBe('FORBIDDEN');
  expect((await disable(app.client(), service.clientId, { authorization: service.basic })).code).toBe(
    'FORBIDDEN',
  );
  expect((await disable(app.client(), service.clientId)).code).toBe('UNAUTHENTICATED');
  expect((await list(client)).code).toBe('FORBIDDEN');
  expect((await list(app.client())).code).toBe('UNAUTHENTICATED');
  expect((await ask(service)).errors).toEqual([]);
});

test('nobody disables an account that may do more than they', async () => {
  const strong = await newService(admin, { audiences: [], roles: ['system_admin'] });
  const weak = await newDelegate(app, admin, ['service_accounts:disable']);
  const answer = await disable(weak.client, strong.clientId);
  expect([answer.status, answer.code]).toEqual([403, 'USER_TOO_POWERFUL']);
  expect((await ask(strong)).errors).toEqual([]);
  const equal = await newService(admin, { audiences: [], roles: [] });
  expect((await disable(weak.client, equal.clientId)).errors).toEqual([]);
});
