import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { countQueries } from '../../support/count-queries.js';
import {
  addSecret,
  basicOf,
  clientSecretsOf,
  createClientSecret,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  viewerOf,
} from '../../support/service-accounts.js';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('another secret works beside the first, is shown once and stored as a hash', async () => {
  const { clientId: serviceAccountId, basic } = await newServiceAccount(admin);
  const answer = await createClientSecret(admin, { serviceAccountId, name: ' spare ', expiresInDays: 30 });
  const { secret, clientSecret } = (answer.data ?? {})['createClientSecret'];
  expect(secret).toMatch(/^lks_[A-Za-z0-9_-]{43}$/);
  expect(clientSecret).toEqual({
    id: expect.any(String),
    name: 'spare',
    createdAt: clock.now().toISOString(),
    expiresAt: new Date(clock.now().getTime() + 30 * 86_400_000).toISOString(),
    lastUsedAt: null,
    rotatedFromId: null,
  });
  const both = [basic, basicOf(serviceAccountId, secret)];
  expect(await Promise.all(both.map(async (each) => await viewerOf(app.client(), each)))).toEqual([
    serviceAccountId,
    serviceAccountId,
  ]);
  const stored = JSON.stringify([
    await sql(app, 'select * from client_secrets'),
    await sql(app, 'select * from audit_events'),
    await sql(app, 'select * from event_log'),
  ]);
  expect(stored).not.toContain(secret.slice(4));
});

test('an account has ten at most, of those that work', async () => {
  const { clientId: serviceAccountId } = await newServiceAccount(admin);
  const answers = await Promise.all(
    Array.from({ length: 12 }, async () => await createClientSecret(admin, { serviceAccountId })),
  );
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(9);
  expect(answers.filter(({ code }) => code === 'CLIENT_SECRET_LIMIT')).toHaveLength(3);
  const [one] = await clientSecretsOf(admin, serviceAccountId);
  await sql(app, 'update client_secrets set expires_at = ? where id = ?', [clock.now(), one?.id]);
  expect((await createClientSecret(admin, { serviceAccountId })).errors).toEqual([]);
});

test('its last use is shown to the minute', async () => {
  const { clientId } = await newServiceAccount(admin);
  const { id, basic } = await addSecret(admin, clientId);
  const lastUsed = async () =>
    (await clientSecretsOf(admin, clientId)).find((each) => each.id === id)?.lastUsedAt;
  await viewerOf(app.client(), basic);
  const first = clock.now().toISOString();
  await expect.poll(lastUsed).toBe(first);
  clock.advance(59);
  await machineToken(app.url, { basic });
  expect(await lastUsed()).toBe(first);
  clock.advance(1);
  await machineToken(app.url, { basic });
  await expect.poll(lastUsed).toBe(clock.now().toISOString());
});

test('who is disabled may be given one, and gets nothing for it until enabled', async () => {
  const { clientId } = await newServiceAccount(admin);
  await disableServiceAccount(admin, clientId);
  const { basic } = await addSecret(admin, clientId);
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
});

test('what cannot be is refused', async () => {
  const { clientId: serviceAccountId } = await newServiceAccount(admin);
  for (const input of [
    { name: '' },
    { name: ' ' },
    { name: 'a\nb' },
    { name: 'x'.repeat(101) },
    { expiresInDays: 0 },
  ]) {
    const answer = await createClientSecret(admin, { serviceAccountId, ...input });
    expect([input, answer.status, answer.code]).toEqual([input, 422, 'INVALID_INPUT']);
  }
  const nowhere = await createClientSecret(admin, {
    serviceAccountId: '01890000-0000-7000-8000-000000000000',
  });
  expect([nowhere.status, nowhere.code]).toEqual([404, 'SERVICE_ACCOUNT_NOT_FOUND']);
  expect(await clientSecretsOf(admin, serviceAccountId)).toHaveLength(1);
});

test('nobody makes one for an account that may do more than they, nor by an access token', async () => {
  const role = await newRole(app, ['roles:read', 'service_accounts:modify']);
  const { clientId: serviceAccountId, basic } = await newServiceAccount(admin, { roles: [role] });
  const weak = await newDelegate(app, admin, ['service_accounts:modify']);
  const { client } = await newPerson(app);
  const ask = async (who: Client, headers = {}) =>
    await createClientSecret(who, { serviceAccountId }, headers);
  expect((await ask(weak.client)).code).toBe('USER_TOO_POWERFUL');
  expect((await ask(client)).code).toBe('FORBIDDEN');
  expect((await ask(app.client())).code).toBe('UNAUTHENTICATED');
  const narrow = await machineToken(app.url, { basic }, { scope: 'service_accounts:modify' });
  expect((await ask(app.client(), { authorization: `Bearer ${narrow}` })).code).toBe('FORBIDDEN');
  expect((await ask(app.client(), { authorization: basic })).errors).toEqual([]);
});

test('accounts are listed with their roles and secrets in a fixed number of queries', async () => {
  const ask = async (first: number) =>
    await admin.send(
      `query ($first: Int!) { serviceAccounts(first: $first) {
        edges { node { id roles clientSecrets { id name } } } } }`,
      { first },
    );
  await ask(1);
  const [few, many] = [
    await countQueries(app, async () => await ask(2)),
    await countQueries(app, async () => await ask(5)),
  ];
  expect(many).toEqual(few);
  const { data } = await ask(1);
  expect(data?.['serviceAccounts'].edges[0].node).toMatchObject({
    clientSecrets: expect.arrayContaining([{ id: expect.any(String), name: 'first' }]),
  });
});

test('one account is found by its id, and none by another', async () => {
  const { clientId } = await newServiceAccount(admin);
  const ask = async (client: Client, id: string) =>
    await client.send('query ($id: UUID!) { serviceAccount(id: $id) { id roles } }', { id });
  expect((await ask(admin, clientId.toUpperCase())).data?.['serviceAccount']).toEqual({
    id: clientId,
    roles: ['resource_server'],
  });
  expect((await ask(admin, '01890000-0000-7000-8000-000000000000')).data).toEqual({ serviceAccount: null });
  const { client } = await newPerson(app);
  expect((await ask(client, clientId)).code).toBe('FORBIDDEN');
});
