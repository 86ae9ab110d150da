import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { newApiKey, revokeApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { countQueries } from '../../support/count-queries.js';

const OWN = `query ($first: Int! = 20, $after: String) { apiKeys(first: $first, after: $after) {
  edges { node { id name scopes createdAt expiresAt lastUsedAt } } pageInfo { hasNextPage endCursor } } }`;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

async function idsOf(client: Client, variables = {}): Promise<string[]> {
  const { data, errors } = await client.send(OWN, variables);
  expect(errors).toEqual([]);
  return data?.['apiKeys'].edges.map(({ node }: { node: { id: string } }) => node.id);
}

test('people see their own keys that still work, newest first, and nobody else’s', async () => {
  const [person, other] = [await newPerson(app), await newPerson(app)];
  const short = await newApiKey(person.client, { expiresInDays: 1 });
  const kept = await newApiKey(person.client);
  const ended = await newApiKey(person.client);
  await newApiKey(other.client);
  expect(await idsOf(person.client)).toEqual([ended.id, kept.id, short.id]);
  await revokeApiKey(person.client, ended.id);
  expect(await idsOf(person.client)).toEqual([kept.id, short.id]);
  clock.advance(86_400);
  await person.client.login({ email: person.email, password: 'three blue kettles on a shelf' });
  expect(await idsOf(person.client)).toEqual([kept.id]);
});

test('a list goes on where the page before ended, and takes no cursor but its own', async () => {
  const { client } = await newPerson(app);
  const keys = [await newApiKey(client), await newApiKey(client), await newApiKey(client)];
  const { data } = await client.send(OWN, { first: 2 });
  expect(data?.['apiKeys'].pageInfo.hasNextPage).toBe(true);
  expect(await idsOf(client, { after: data?.['apiKeys'].pageInfo.endCursor })).toEqual([keys[0]?.id]);
  expect((await client.send(OWN, { after: 'bm8' })).code).toBe('INVALID_CURSOR');
});

test('who may read users sees the keys of all of them, in as many statements for two users as for five', async () => {
  const admin = await app.adminClient();
  const { client } = await newDelegate(app, admin, ['users:read', 'users:list']);
  const QUERY = 'query ($first: Int!) { users(first: $first) { edges { node { id apiKeys { id } } } } }';
  const people = await Promise.all(Array.from({ length: 5 }, async () => await newPerson(app)));
  const keys = await Promise.all(people.map(async (person) => await newApiKey(person.client)));
  const { data, errors } = await client.send(QUERY, { first: 100 });
  expect(errors).toEqual([]);
  const seen = data?.['users'].edges.flatMap(
    ({ node }: { node: { apiKeys: { id: string }[] } }) => node.apiKeys,
  );
  expect(seen.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(keys.map(({ id }) => id)));
  // Mails that are still being delivered would be counted, too.
  await app.services.mails.idle();
  const statements = async (first: number) =>
    await countQueries(app, async () => await client.send(QUERY, { first }));
  expect(await statements(5)).toBe(await statements(2));
});

test('who may only list users does not see their keys', async () => {
  const { client } = await newDelegate(app, await app.adminClient(), ['users:list']);
  await newPerson(app);
  const answer = await client.send('{ users(first: 5) { edges { node { id apiKeys { id } } } } }');
  expect(answer.code).toBe('FORBIDDEN');
});

test('the last use of a key is written, and at most once a minute', async () => {
  const { client } = await newPerson(app);
  const key = await newApiKey(client);
  const use = async () =>
    await app.client().send(VIEWER_OF_KEY, {}, { authorization: `Bearer ${key.secret}` });
  const lastUse = async () => {
    const [row] = await sql(app, 'select last_used_at from api_keys where id = ?', [key.id]);
    return row?.['last_used_at'] == null ? null : new Date(row['last_used_at'] as string).getTime();
  };
  expect(await lastUse()).toBeNull();
  const first = clock.now().getTime();
  await use();
  await vi.waitFor(async () => expect(await lastUse()).toBe(first));
  clock.advance(59);
  await use();
  await sleep(50);
  expect(await lastUse()).toBe(first);
  clock.advance(1);
  await use();
  await vi.waitFor(async () => expect(await lastUse()).toBe(first + 60_000));
});
