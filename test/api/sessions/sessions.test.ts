import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, newService, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { sessions: { idleTtlSeconds: 600, absoluteTtlSeconds: 7_200 } },
  });
});
afterAll(async () => await app.close());

const QUERY = `query ($first: Int! = 20, $after: String) { sessions(first: $first, after: $after) {
  edges { cursor node { id current method amr acr deviceLabel ip createdAt lastSeenAt expiresAt } }
  pageInfo { hasNextPage endCursor } } }`;

async function sessionsOf(client: Client, variables: object = {}) {
  const answer = await client.send(QUERY, variables);
  expect(answer.errors).toEqual([]);
  return answer.data?.['sessions'];
}

async function idsOf(client: Client): Promise<string[]> {
  const { edges } = await sessionsOf(client);
  return edges.map(({ node }: { node: { id: string } }) => node.id);
}

test('the list shows the caller’s own devices, newest first, and which one is asking', async () => {
  const person = await newPerson(app);
  await newPerson(app);
  const phone = app.client();
  const agent =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
  const answer = await phone.send(
    'mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded { tokens { accessToken } } } }',
    { input: { email: person.email, password: PASSWORD } },
    { 'user-agent': agent },
  );
  phone.accessToken = answer.data?.['login'].tokens.accessToken;
  const { edges, pageInfo } = await sessionsOf(person.client);
  const at = clock.now().toISOString();
  const common = {
    method: 'password',
    amr: ['pwd'],
    acr: 'aal1',
    ip: '127.0.0.1',
    createdAt: at,
    lastSeenAt: at,
  };
  const expiresAt = new Date(clock.now().getTime() + 7_200_000).toISOString();
  expect(edges.map(({ node }: { node: object }) => node)).toEqual([
    {
      ...common,
      id: claimsOf(phone.accessToken).sid,
      current: false,
      deviceLabel: 'Chrome on Windows',
      expiresAt,
    },
    {
      ...common,
      id: claimsOf(person.client.accessToken).sid,
      current: true,
      deviceLabel: 'Unknown device',
      expiresAt,
    },
  ]);
  expect(pageInfo.hasNextPage).toBe(false);
});

test('pages follow each other without a gap or a repetition', async () => {
  const person = await newPerson(app);
  for (let devices = 1; devices < 5; devices += 1) await anotherDevice(app, person);
  const all = await idsOf(person.client);
  expect(all).toHaveLength(5);
  const paged: string[] = [];
  for (let after: string | null = null; ; ) {
    const { edges, pageInfo } = await sessionsOf(person.client, { first: 2, after });
    paged.push(...edges.map(({ node }: { node: { id: string } }) => node.id));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(paged).toEqual(all);
});

test('sessions that have ended are not listed: revoked, idle for too long, or past their time', async () => {
  const person = await newPerson(app);
  const { client } = person;
  const revoked = await anotherDevice(app, person);
  await revoked.send('mutation { logout { ok } }');
  expect(await idsOf(client)).toEqual([claimsOf(client.accessToken).sid]);
  await anotherDevice(app, person);
  clock.advance(300);
  await client.refresh();
  clock.advance(301);
  expect(await idsOf(client)).toEqual([claimsOf(client.accessToken).sid]);
});

test('a session in constant use stays in the list for as long as it lives', async () => {
  const { client } = await newPerson(app);
  const { sid } = claimsOf(client.accessToken);
  for (let elapsed = 0; elapsed < 900; elapsed += 30) {
    clock.advance(30);
    await client.send('{ viewer { id } }');
    await client.refresh();
  }
  expect(await idsOf(client)).toEqual([sid]);
});

test('when a device was last seen is true to a minute', async () => {
  const { client } = await newPerson(app);
  clock.advance(61);
  await client.send('{ viewer { id } }');
  const seenAt = clock.now().toISOString();
  clock.advance(30);
  // Written beside the answer: no request waits for it.
  await expect.poll(async () => (await sessionsOf(client)).edges[0].node.lastSeenAt).toBe(seenAt);
});

test.each(['garbage', '', 'MQ', Buffer.from('nobody').toString('base64url'), 'x'.repeat(201)])(
  'the cursor "%s" is refused and never an error of ours',
  async (after) => {
    const { client } = await newPerson(app);
    const answer = await client.send(QUERY, { after });
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_CURSOR']);
  },
);

test.each([0, -1, 101])('a page of %i rows is refused', async (first) => {
  const { client } = await newPerson(app);
  const answer = await client.send(QUERY, { first });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('nobody else is asked for their sessions: anonymous must sign in, a machine has none', async () => {
  expect((await app.client().send(QUERY)).code).toBe('UNAUTHENTICATED');
  const { basic } = await newService(await app.adminClient());
  const answer = await app.client().send(QUERY, {}, { authorization: basic });
  expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
});
