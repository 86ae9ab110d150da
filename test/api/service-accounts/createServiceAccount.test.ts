import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../../support/accounts.js';
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

const create = async (client: Client, input: object, headers = {}) =>
  await client.send(
    `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) {
      clientId clientSecret serviceAccount { id name description enabled audiences createdAt } } }`,
    { input },
    headers,
  );
const basicOf = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });

test('the new account is an enabled resource server of this API, and its secret works', async () => {
  const { data } = await create(admin, { name: 'orders', description: 'Takes orders' });
  const { clientId, clientSecret, serviceAccount } = (data ?? {})['createServiceAccount'];
  expect(serviceAccount).toMatchObject({
    id: clientId,
    name: 'orders',
    description: 'Takes orders',
    enabled: true,
    audiences: ['http://localhost:3000'],
  });
  expect(clientSecret).toMatch(/^lks_[A-Za-z0-9_-]{43}$/);
  const viewer = await app.client().send('{ viewer { id roles } }', {}, basicOf(clientId, clientSecret));
  expect(viewer.data?.['viewer']).toEqual({ id: clientId, roles: ['resource_server'] });
});

test('the secret is shown once and stored as a hash', async () => {
  const { clientSecret } = await newService(admin);
  const stored = JSON.stringify([
    await sql(app, 'select * from client_secrets'),
    await sql(app, 'select * from service_accounts'),
    await sql(app, 'select * from audit_events'),
    await sql(app, 'select * from event_log'),
  ]);
  expect(stored).not.toContain(clientSecret.slice(4));
});

test('the id of one account with the secret of another opens neither', async () => {
  const [one, other] = [await newService(admin), await newService(admin)];
  const answer = await app.client().send('{ viewer { id } }', {}, basicOf(one.clientId, other.clientSecret));
  expect([answer.status, answer.code]).toEqual([401, 'CLIENT_INVALID']);
});

test('an account that is refused is not created by half', async () => {
  const before = await sql(app, 'select count(*)::int as count from service_accounts');
  const refusals: [object, number, string][] = [
    [{ name: 'a', audiences: ['nobody-registered-this'] }, 422, 'AUDIENCE_UNKNOWN'],
    [{ name: 'a', roles: ['no-such-role'] }, 422, 'ROLE_UNKNOWN'],
    [{ name: '' }, 422, 'INVALID_INPUT'],
    [{ name: 'x'.repeat(101) }, 422, 'INVALID_INPUT'],
    [{ name: 'a', roles: Array.from({ length: 21 }, () => 'resource_server') }, 422, 'INVALID_INPUT'],
  ];
  for (const [input, status, code] of refusals) {
    const answer = await create(admin, input);
    expect([answer.status, answer.code]).toEqual([status, code]);
  }
  expect(await sql(app, 'select count(*)::int as count from service_accounts')).toEqual(before);
});

test('a name is given once, also to two at the same moment', async () => {
  const answers = await Promise.all([1, 2, 3].map(async () => await create(admin, { name: 'twins' })));
  expect(answers.map(({ code }) => code ?? 'created').toSorted()).toEqual([
    'SERVICE_ACCOUNT_NAME_TAKEN',
    'SERVICE_ACCOUNT_NAME_TAKEN',
    'created',
  ]);
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '409', '409']);
});

test('nobody gives what they do not hold', async () => {
  await sql(
    app,
    `insert into roles (id, name, description, permissions, built_in, created_at)
     values ('01890000-0000-7000-8000-000000000002', 'founder', '', '["service_accounts:create", "roles:manage"]', false, now())`,
  );
  const { basic } = await newService(admin, { roles: ['founder'] });
  const founder = async (input: object) => await create(app.client(), input, { authorization: basic });
  expect((await founder({ name: 'same', roles: ['founder'] })).errors).toEqual([]);
  for (const role of ['resource_server', 'system_admin']) {
    const answer = await founder({ name: `wider-${role}`, roles: [role] });
    expect([answer.status, answer.code]).toEqual([403, 'ROLE_TOO_WIDE']);
  }
});

test('the secret is told to who may create and not read: what they may not see is null alone', async () => {
  const { client } = await newDelegate(app, admin, ['service_accounts:create']);
  const { code, data } = await client.send(
    `mutation { createServiceAccount(input: { name: "unseen", roles: [] }) {
      clientSecret serviceAccount { name roles clientSecrets { id } } } }`,
  );
  expect(code).toBe('FORBIDDEN');
  expect(data?.['createServiceAccount']).toEqual({
    clientSecret: expect.any(String),
    serviceAccount: { name: 'unseen', roles: null, clientSecrets: null },
  });
});

test('who may not create is refused before anything is looked at', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await create(client, { name: 'mine', roles: [] })).code).toBe('FORBIDDEN');
  expect((await create(app.client(), { name: 'mine' }, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await create(app.client(), { name: 'mine' })).code).toBe('UNAUTHENTICATED');
});

test('account, secret and role are audited, without the secret', async () => {
  const { clientId } = await newService(admin);
  const { data } = await admin.send(
    'query ($id: String) { auditEvents(filter: { subjectId: $id }) { edges { node { name actorId } } } }',
    { id: clientId },
  );
  expect(data?.['auditEvents'].edges.map(({ node }: { node: object }) => node)).toEqual([
    { name: 'role.assigned', actorId: admin.userId },
    { name: 'client_secret.created', actorId: admin.userId },
    { name: 'service_account.created', actorId: admin.userId },
  ]);
});
