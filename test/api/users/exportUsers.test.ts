import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, newService } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

const EXPORT = `query ($first: Int! = 1000, $after: String) { exportUsers(first: $first, after: $after) {
  jsonLines count pageInfo { hasNextPage endCursor } } }`;
const IMPORT =
  'mutation ($input: ImportUsersInput!) { importUsers(input: $input) { created skipped refused } }';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

interface Line {
  readonly email: string;
  readonly [member: string]: unknown;
}

const read = (jsonLines: string): Line[] =>
  jsonLines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function exported(client: Client): Promise<Line[]> {
  const answer = await client.send(EXPORT);
  expect(answer.errors).toEqual([]);
  return read(answer.data?.['exportUsers'].jsonLines);
}

test('an import reads what an export wrote: the same accounts, made when they were', async () => {
  const full = { username: 'full', displayName: 'Full', locale: 'de', email: newAddress() };
  const { id } = await changed(admin, 'createUser', full);
  await changed(admin, 'updateUser', {
    userId: id,
    emailVerified: true,
    metadata: { a: ['ü'] },
    pictureUrl: 'https://example.com/a.png',
  });
  const bare = await changed(admin, 'createUser', { email: newAddress() });
  await changed(admin, 'deactivateUser', { userId: bare.id });
  const gone = await changed(admin, 'createUser', { email: newAddress() });
  await changed(admin, 'deleteUser', { userId: gone.id });

  const answer = await admin.send(EXPORT);
  const { jsonLines, count } = (answer.data ?? {})['exportUsers'];
  const lines = read(jsonLines);
  expect(count).toBe(lines.length);
  expect(lines.find(({ email }) => email === full.email)).toMatchObject({
    ...full,
    emailVerified: true,
    metadata: { a: ['ü'] },
    pictureUrl: 'https://example.com/a.png',
    status: 'active',
  });
  expect(lines.find(({ email }) => email === bare.email)).toEqual({
    email: bare.email,
    emailVerified: false,
    status: 'deactivated',
    createdAt: bare['createdAt'],
  });
  expect(jsonLines).not.toContain(gone.email);

  const elsewhere = await startTestApp();
  try {
    const other = await elsewhere.adminClient();
    const taken = await other.send(IMPORT, { input: { jsonLines } });
    // The admin of the other installation has the address of ours.
    expect(taken.data?.['importUsers']).toEqual({ created: count - 1, skipped: 1, refused: 0 });
    const sorted = (list: Line[]) =>
      list.filter(({ email }) => email !== ADMIN.email).toSorted((a, b) => a.email.localeCompare(b.email));
    expect(sorted(await exported(other))).toEqual(sorted(lines));
  } finally {
    await elsewhere.close();
  }
});

test('no hash of a password, and nothing by which a session could be had, comes over the wire', async () => {
  await newPerson(app);
  const answer = await admin.send(EXPORT);
  expect(JSON.stringify(answer.data)).not.toMatch(/argon2|passwordHash|\$2[aby]\$/);
});

test('pages cover everybody once, oldest first, and a foreign cursor is refused', async () => {
  for (let i = 0; i < 5; i += 1) await changed(admin, 'createUser', { email: newAddress() });
  const all = await exported(admin);
  const moments = all.map(({ createdAt }) => String(createdAt));
  expect(moments).toEqual(moments.toSorted());
  const seen: Line[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Awaited<ReturnType<Client['send']>> = await admin.send(EXPORT, { first: 2, after });
    const { jsonLines, pageInfo } = (answer.data ?? {})['exportUsers'];
    seen.push(...read(jsonLines));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(all);
  for (const after of ['garbage', '', Buffer.from('1').toString('base64url')]) {
    expect((await admin.send(EXPORT, { after })).code).toBe('INVALID_CURSOR');
  }
  for (const first of [0, 1_001]) expect((await admin.send(EXPORT, { first })).code).toBe('INVALID_INPUT');
});

test('every page is in the audit trail', async () => {
  const { data } = await admin.send(EXPORT, { first: 1 });
  expect(data?.['exportUsers'].count).toBe(1);
  const events = await admin.send('{ auditEvents(first: 1) { edges { node { name payload actorId } } } }');
  expect(events.data?.['auditEvents'].edges[0].node).toEqual({
    name: 'users.exported',
    payload: { count: 1, withPasswordHashes: false },
    actorId: admin.userId,
  });
});

test('users:list is enough, but for metadata, which needs users:read; nobody else may', async () => {
  const user = await changed(admin, 'createUser', { email: newAddress() });
  await changed(admin, 'updateUser', { userId: user.id, metadata: { secretPlan: 'gold' } });
  const lister = await newDelegate(app, admin, ['users:list']);
  const reader = await newDelegate(app, admin, ['users:list', 'users:read']);
  expect(JSON.stringify(await exported(lister.client))).not.toContain('secretPlan');
  expect(JSON.stringify(await exported(reader.client))).toContain('secretPlan');
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await app.client().send(EXPORT)).code).toBe('UNAUTHENTICATED');
  expect((await client.send(EXPORT)).code).toBe('FORBIDDEN');
  expect((await app.client().send(EXPORT, {}, { authorization: basic })).code).toBe('FORBIDDEN');
});
