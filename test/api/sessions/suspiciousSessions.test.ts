import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { sessionOf } from '../../support/lineage.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const list = async (client: Client, variables: object = {}) =>
  await client.send(
    `query ($first: Int! = 20, $after: String, $since: DateTime) {
      suspiciousSessions(first: $first, after: $after, since: $since) {
        edges { node { id suspicious } } pageInfo { hasNextPage endCursor } } }`,
    variables,
  );

/** A session that began after a wrong password. */
async function afterFailure(): Promise<Client> {
  const person = await newPerson(app);
  await app.client().login({ email: person.email, password: 'not the password at all' });
  return await anotherDevice(app, person);
}

test('they are listed over all users, newest first and page by page, with their reasons; others are not', async () => {
  const admin = await app.adminClient();
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.unshift(sessionOf(await afterFailure()));
  const all = await list(admin);
  expect(all.errors).toEqual([]);
  expect(all.data?.['suspiciousSessions'].edges.map(({ node }: { node: object }) => node)).toEqual(
    ids.map((id) => ({ id, suspicious: ['FAILURES_BEFORE'] })),
  );
  const first = (await list(admin, { first: 2 })).data?.['suspiciousSessions'];
  const rest = (await list(admin, { first: 2, after: first.pageInfo.endCursor })).data?.[
    'suspiciousSessions'
  ];
  expect([...first.edges, ...rest.edges].map(({ node }) => node.id)).toEqual(ids);
  expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
});

test('since a time, only those that began then or later; ended ones included', async () => {
  clock.advance(60);
  const since = clock.now().toISOString();
  const client = await afterFailure();
  await client.send('mutation { logout { ok } }');
  const { data } = await list(await app.adminClient(), { since });
  expect(data?.['suspiciousSessions'].edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([
    sessionOf(client),
  ]);
  expect(await sql(app, 'select 1 from sessions where revoked_at is not null')).not.toEqual([]);
});

test('it takes the permission, and a forged cursor is refused', async () => {
  const { client } = await newPerson(app);
  expect((await list(client)).code).toBe('FORBIDDEN');
  expect((await list(app.client())).code).toBe('UNAUTHENTICATED');
  expect((await list(await app.adminClient(), { after: 'garbage' })).code).toBe('INVALID_CURSOR');
});
