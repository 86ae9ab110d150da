// A machine that is ended while its request is under way, and what a planted client secret was used for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Unit } from '../../src/platform/database/unit.js';
import { sql } from '../support/accounts.js';
import { changed, newDelegate, newRole } from '../support/admins.js';
import { newApiKey, revokeApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { databaseUrl } from '../support/database-template.js';
import { generousLimits } from '../support/email-flows.js';
import { describeNeeding } from '../support/needs.js';
import {
  addSecret,
  createClientSecret,
  createServiceAccount,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  post,
  revokeClientSecret,
  rotateClientSecret,
  updateServiceAccount,
  viewerOf,
} from '../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let role: string;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
  role = await newRole(app, ['service_accounts:create', 'service_accounts:modify', 'roles:manage']);
});
afterAll(async () => await app.close());

/** Sends the request, and has `end` done after it was let in and before its unit of work begins. */
async function endedMeanwhile(request: () => Promise<Answer>, end: () => Promise<unknown>): Promise<Answer> {
  const { unitOfWork } = app.services;
  const run = unitOfWork.run.bind(unitOfWork);
  unitOfWork.run = async <T>(work: (unit: Unit) => Promise<T>): Promise<T> => {
    unitOfWork.run = run;
    await end();
    return await run(work);
  };
  try {
    return await request();
  } finally {
    unitOfWork.run = run;
  }
}

/** Creates a user with that credential. */
const createUser = async (email: string, token: string) =>
  await app
    .client()
    .send(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
      { input: { email } },
      { authorization: `Bearer ${token}` },
    );
const usersOf = async (email: string) => await sql(app, 'select 1 from users where email = ?', [email]);
const secretsOf = async (id: string) =>
  await sql(app, 'select name from client_secrets where service_account_id = ? order by id', [id]);

test('a client secret that is ended while it asks for another creates none', async () => {
  const [maker, target] = [
    await newServiceAccount(admin, { roles: [role] }),
    await newServiceAccount(admin, { roles: [] }),
  ];
  const { id, basic } = await addSecret(admin, maker.clientId);
  const answer = await endedMeanwhile(
    async () =>
      await createClientSecret(
        app.client(),
        { serviceAccountId: target.clientId, name: 'late' },
        { authorization: basic },
      ),
    async () => expect((await revokeClientSecret(admin, id)).errors).toEqual([]),
  );
  expect(answer.code).toBe('CLIENT_INVALID');
  expect(await secretsOf(target.clientId)).toEqual([{ name: 'first' }]);
});

test('a service account that is disabled while it asks creates no other', async () => {
  const maker = await newServiceAccount(admin, { roles: [role] });
  const answer = await endedMeanwhile(
    async () => await createServiceAccount(app.client(), { roles: [role] }, { authorization: maker.basic }),
    async () => await disableServiceAccount(admin, maker.clientId),
  );
  expect(answer.code).toBe('CLIENT_INVALID');
  const made = 'select 1 from service_accounts where created_by_service_account_id = ?';
  expect(await sql(app, made, [maker.clientId])).toEqual([]);
});

test.each([
  [
    'its token',
    async (_id: string, basic: string, token: string) => {
      await post(app.url, '/oauth/revoke', { token }, { authorization: basic });
    },
  ],
  ['its account', async (id: string) => await disableServiceAccount(admin, id)],
])('a machine that loses %s while it asks creates no user', async (_, end) => {
  const creator = await newRole(app, ['users:create']);
  const { clientId, basic } = await newServiceAccount(admin, { roles: [creator] });
  const token = await machineToken(app.url, { basic });
  const email = `${clientId}@example.com`;
  const answer = await endedMeanwhile(
    async () => await createUser(email, token),
    async () => await end(clientId, basic, token),
  );
  expect(answer.code).toBe('CLIENT_INVALID');
  expect(await usersOf(email)).toEqual([]);
});

test.each([
  ['is ended', async (keyId: string) => expect((await revokeApiKey(admin, keyId)).errors).toEqual([])],
  [
    'loses its owner',
    async (_: string, userId: string) => await changed(admin, 'deactivateUser', { userId }),
  ],
])('an API key that %s while it asks creates no user', async (_, end) => {
  const { client, id } = await newDelegate(app, admin, ['users:create']);
  const key = await newApiKey(client, { scopes: ['users:create'] });
  const email = `${key.id}@example.com`;
  const answer = await endedMeanwhile(
    async () => await createUser(email, key.secret),
    async () => await end(key.id, id),
  );
  expect(answer.code).toBe('API_KEY_INVALID');
  expect(await usersOf(email)).toEqual([]);
});

test('a client secret may still end itself by being replaced at once', async () => {
  const { clientId } = await newServiceAccount(admin, { roles: [role] });
  const { id, basic } = await addSecret(admin, clientId);
  const input = { clientSecretId: id, overlapSeconds: 0 };
  const answer = await rotateClientSecret(app.client(), input, { authorization: basic });
  expect(answer.errors).toEqual([]);
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
});

test('a service account that is disabled does not enable itself, whenever it asked to', async () => {
  const { clientId: id, basic } = await newServiceAccount(admin, { roles: [role] });
  const enable = async () =>
    await updateServiceAccount(app.client(), { id, enabled: true }, { authorization: basic });
  expect((await enable()).code).toBe('FORBIDDEN');
  await endedMeanwhile(enable, async () => await disableServiceAccount(admin, id));
  await disableServiceAccount(admin, id);
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
});

/** Whether a request of this database waits for somebody's row. */
const WAITING = `select exists (select 1 from pg_stat_activity
  where wait_event_type = 'Lock' and datname = current_database() and query like '%service_accounts%') as waiting`;

// Only there two transactions are under way at once.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)('with many requests at once', () => {
  test('a machine whose request waits for another’s row opens nothing once it is disabled', async () => {
    // Of two accounts the elder is held first: the maker is not held while it waits.
    const { clientId: serviceAccountId } = await newServiceAccount(admin, { roles: [] });
    const maker = await newServiceAccount(admin, { roles: [role] });
    const by = { authorization: maker.basic };
    let asked: Promise<Answer> | undefined;
    await app.services.em.fork().transactional(async (em) => {
      await em.execute('select from service_accounts where id = ? for update', [serviceAccountId]);
      asked = createClientSecret(app.client(), { serviceAccountId, name: 'late' }, by);
      await expect
        .poll(async () => await sql(app, WAITING), { timeout: 10_000 })
        .toContainEqual({ waiting: true });
      await app.services.em
        .fork()
        .execute('update service_accounts set enabled = false where id = ?', [maker.clientId]);
    });
    expect((await asked)?.code).toBe('CLIENT_INVALID');
    expect(await secretsOf(serviceAccountId)).toEqual([{ name: 'first' }]);
  });

  test('two machines that create secrets for each other do not wait for each other', async () => {
    const [a, b] = [
      await newServiceAccount(admin, { roles: [role] }),
      await newServiceAccount(admin, { roles: [role] }),
    ];
    const give = async (maker: typeof a, target: typeof a) =>
      await createClientSecret(
        app.client(),
        { serviceAccountId: target.clientId },
        { authorization: maker.basic },
      );
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all([give(a, b), give(b, a), give(a, b), give(b, a)]);
      expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
      for (const { clientId } of [a, b]) {
        await sql(
          app,
          `update client_secrets set revoked_at = now() where service_account_id = ? and name = 'second'
           returning id`,
          [clientId],
        );
      }
    }
  });
});
