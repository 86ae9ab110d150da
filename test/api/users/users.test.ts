import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

const USERS = `query ($first: Int! = 20, $after: String) { users(first: $first, after: $after) {
  edges { cursor node { id email } } pageInfo { hasNextPage endCursor } } }`;
const USER = 'query ($id: UUID!) { user(id: $id) { id email emailVerified status } }';

let app: TestApp;
let admin: Client;
const ids: string[] = [];
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  ids.unshift(admin.userId ?? '');
  for (let i = 0; i < 6; i += 1) ids.unshift((await newPerson(app)).id);
});
afterAll(async () => await app.close());

async function page(variables: object) {
  const answer = await admin.send(USERS, variables);
  expect(answer.errors).toEqual([]);
  return answer.data?.['users'];
}

const idsOf = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

test('an admin sees everybody, newest first', async () => {
  expect(idsOf(await page({}))).toEqual(ids);
});

test.each([1, 2, 3, 7, 100])('pages of %i rows cover everybody once', async (first) => {
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const { edges, pageInfo } = await page({ first, after });
    expect(edges.length).toBeLessThanOrEqual(first);
    expect(pageInfo.endCursor).toBe(edges.at(-1).cursor);
    seen.push(...idsOf({ edges }));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(ids);
});

test('a page stays where it was when somebody new arrives: it hangs on a key, not on a count', async () => {
  const { pageInfo } = await page({ first: 3 });
  ids.unshift((await newPerson(app)).id);
  expect(idsOf(await page({ first: 2, after: pageInfo.endCursor }))).toEqual(ids.slice(4, 6));
});

test('the last page says that it is the last, and after it there is nothing', async () => {
  const { pageInfo } = await page({ first: 100 });
  expect(pageInfo.hasNextPage).toBe(false);
  expect(await page({ after: pageInfo.endCursor })).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, endCursor: null },
  });
});

test.each(['garbage', '', Buffer.from(`' or true --`).toString('base64url'), 'ä'.repeat(10)])(
  'the cursor "%s" is refused, never run',
  async (after) => {
    const answer = await admin.send(USERS, { after });
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_CURSOR']);
  },
);

test.each([0, -5, 101, 2_147_483_647])('a page of %i is refused', async (first) => {
  const answer = await admin.send(USERS, { first });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('the list is forbidden without users:list, and anonymous must sign in', async () => {
  const { client } = await newPerson(app);
  ids.unshift(client.userId ?? '');
  const { basic } = await newService(admin);
  const user = await client.send(USERS);
  expect([user.status, user.code, user.data]).toEqual([403, 'FORBIDDEN', null]);
  expect((await app.client().send(USERS, {}, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await app.client().send(USERS)).code).toBe('UNAUTHENTICATED');
});

test('an admin finds one user by id, in whatever letters it is written; an unknown one is null', async () => {
  const { data } = await admin.send(USER, { id: admin.userId?.toUpperCase() });
  expect(data?.['user']).toEqual({
    id: admin.userId,
    email: ADMIN.email,
    emailVerified: true,
    status: 'ACTIVE',
  });
  const unknown = await admin.send(USER, { id: '01890000-0000-7000-8000-000000000000' });
  expect([unknown.errors, unknown.data]).toEqual([[], { user: null }]);
});

test('what is no id is refused before it reaches the database', async () => {
  const answer = await admin.send(USER, { id: '1' });
  expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT']);
});

test('one user is forbidden to others, and the answer does not tell whether there is one', async () => {
  const { client } = await newPerson(app);
  const known = await client.send(USER, { id: admin.userId });
  const unknown = await client.send(USER, { id: '01890000-0000-7000-8000-000000000000' });
  for (const { code, data } of [known, unknown]) expect([code, data]).toEqual(['FORBIDDEN', { user: null }]);
  expect((await app.client().send(USER, { id: admin.userId })).code).toBe('UNAUTHENTICATED');
});
