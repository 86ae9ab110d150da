import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, newService, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const QUERY = `query ($first: Int! = 100, $after: String, $filter: AuditEventFilter) {
  auditEvents(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id sequence name occurredAt actorKind actorId actorSessionId subjectType subjectId
      userId payload personal hash } }
    pageInfo { hasNextPage endCursor } } }`;

interface Node {
  readonly sequence: number;
  readonly name: string;
  readonly occurredAt: string;
  readonly userId: string | null;
  readonly subjectId: string;
  readonly personal: Record<string, string> | null;
}

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

async function search(filter: object | null = null, page: object = {}) {
  const answer = await admin.send(QUERY, { filter, ...page });
  expect(answer.errors).toEqual([]);
  const { edges, pageInfo } = (answer.data ?? {})['auditEvents'];
  return { nodes: edges.map(({ node }: { node: Node }) => node) as Node[], pageInfo };
}

test('the trail tells newest first what happened, by whom, to what, and from where', async () => {
  const { client, id, email } = await newPerson(app);
  const { sid } = claimsOf(client.accessToken);
  await client.send('mutation { logout { ok } }');
  const { nodes } = await search({ userId: id });
  expect(nodes.map(({ name }) => name)).toEqual([
    'session.revoked',
    'session.created',
    'login.succeeded',
    'email_verification.requested',
    'sign_up.completed',
    'user.created',
  ]);
  const common = { occurredAt: clock.now().toISOString(), userId: id };
  expect(nodes[0]).toMatchObject({
    ...common,
    actorKind: 'user',
    actorId: id,
    actorSessionId: sid,
    subjectType: 'session',
    subjectId: sid,
    payload: { reason: 'logout' },
    personal: { ip: '127.0.0.1', userAgent: 'node' },
  });
  expect(nodes[5]).toMatchObject({
    ...common,
    actorKind: 'anonymous',
    actorId: null,
    payload: { by: 'sign_up' },
    personal: { email },
  });
});

test('a filter keeps what matches all of its parts', async () => {
  const [one, other] = [await newPerson(app), await newPerson(app)];
  await anotherDevice(app, one);
  const mine = await search({ userId: one.id, name: 'login.succeeded' });
  expect(mine.nodes.map(({ userId, name }) => [userId, name])).toEqual([
    [one.id, 'login.succeeded'],
    [one.id, 'login.succeeded'],
  ]);
  const { sid } = claimsOf(other.client.accessToken);
  expect((await search({ subjectId: sid })).nodes.map(({ name }) => name)).toEqual(['session.created']);
  expect((await search({ userId: one.id, subjectId: sid })).nodes).toEqual([]);
  expect((await search({ name: `' or true --` })).nodes).toEqual([]);
});

test('what somebody did can be told from what happened to their account', async () => {
  const person = await newPerson(app);
  await person.client.send('mutation { logout { ok } }');
  const done = await search({ actorId: person.id.toUpperCase() });
  expect(done.nodes.map(({ name }) => name)).toEqual(['session.revoked']);
  await newService(admin);
  expect((await search({ actorId: admin.userId, name: 'service_account.created' })).nodes).toHaveLength(1);
  expect((await search({ actorId: person.id, name: 'service_account.created' })).nodes).toEqual([]);
});

test('since is inclusive, until is not', async () => {
  clock.advance(10);
  const start = clock.now().toISOString();
  const { id } = await newPerson(app);
  clock.advance(10);
  const end = clock.now().toISOString();
  await app.client().login({ email: 'nobody@example.com', password: 'wrong' });
  const within = await search({ since: start, until: end });
  expect(new Set(within.nodes.map(({ userId }) => userId))).toEqual(new Set([id]));
  expect(within.nodes.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['user.created', 'session.created']),
  );
  expect((await search({ since: end })).nodes.map(({ name }) => name)).toEqual(['login.failed']);
});

test('pages follow each other without a gap, also while the trail grows', async () => {
  await newPerson(app);
  const all = (await search()).nodes.map(({ sequence }) => sequence);
  expect(all).toEqual(Array.from(all, (_, index) => (all[0] ?? 0) - index));
  const paged: number[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await search(null, { first: 4, after });
    paged.push(...nodes.map(({ sequence }) => sequence));
    await app.client().login({ email: 'nobody@example.com', password: PASSWORD });
    clock.advance(3_600);
    after = pageInfo.endCursor;
    admin = await app.adminClient();
    if (!pageInfo.hasNextPage) break;
  }
  expect(paged).toEqual(all);
});

test('pages of a filtered list keep to the filter', async () => {
  const person = await newPerson(app);
  for (let devices = 0; devices < 3; devices += 1) await anotherDevice(app, person);
  const filter = { userId: person.id, name: 'session.created' };
  const first = await search(filter, { first: 3 });
  expect([first.nodes.length, first.pageInfo.hasNextPage]).toEqual([3, true]);
  const second = await search(filter, { first: 3, after: first.pageInfo.endCursor });
  expect([second.nodes.length, second.pageInfo.hasNextPage]).toEqual([1, false]);
});

test('erased personal facts read null, the event stays', async () => {
  const { id } = await newPerson(app);
  await sql(app, 'delete from audit_personal where user_id = ?', [id]);
  const { nodes } = await search({ userId: id });
  expect(nodes.map(({ name, personal }) => [name, personal])).toEqual([
    ['session.created', null],
    ['login.succeeded', null],
    ['email_verification.requested', null],
    ['sign_up.completed', null],
    ['user.created', null],
  ]);
});

test('no secret and no address stands in the chained part of a row', async () => {
  const { client, email } = await newPerson(app);
  await client.refresh();
  const rows = JSON.stringify(await sql(app, 'select * from audit_events'));
  for (const secret of [email, PASSWORD, '127.0.0.1', client.refreshToken ?? '', client.accessToken ?? '']) {
    expect(secret).not.toBe('');
    expect(rows).not.toContain(secret);
  }
});

test('what is rolled back leaves no row: a refused service account is in no trail', async () => {
  const before = (await search()).nodes[0]?.sequence;
  await admin.send(
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }',
    { input: { name: 'half', roles: ['no-such-role'] } },
  );
  expect((await search()).nodes[0]?.sequence).toBe(before);
});

test.each([
  'garbage',
  '',
  'MA',
  Buffer.from('-1').toString('base64url'),
  Buffer.from('1e9').toString('base64url'),
])('the cursor "%s" is refused', async (after) => {
  const answer = await admin.send(QUERY, { after });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_CURSOR']);
});

test('the trail is read by permission only', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await client.send(QUERY)).code).toBe('FORBIDDEN');
  expect((await app.client().send(QUERY, {}, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await app.client().send(QUERY)).code).toBe('UNAUTHENTICATED');
});
