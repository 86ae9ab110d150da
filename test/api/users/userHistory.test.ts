import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { newVerifiedPerson } from '../../support/email-flows.js';
import { requestReset } from '../../support/passwords.js';

const HISTORY = `query ($userId: UUID!, $first: Int! = 100, $after: String) {
  userHistory(userId: $userId, first: $first, after: $after) {
    edges { node { name occurredAt actorKind actorId actorSessionId personal payload userId } }
    pageInfo { hasNextPage endCursor } } }`;

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

interface Event {
  readonly name: string;
  readonly actorId: string | null;
  readonly actorSessionId: string | null;
  readonly personal: Record<string, string> | null;
}

async function historyOf(client: Client, userId: string, more: object = {}): Promise<Event[]> {
  const answer = await client.send(HISTORY, { userId, ...more });
  expect(answer.errors).toEqual([]);
  return answer.data?.['userHistory'].edges.map(({ node }: { node: Event }) => node);
}

test('an admin reads what happened to an account, newest first, and who did it', async () => {
  const person = await newPerson(app);
  const other = await newPerson(app);
  await changed(admin, 'updateUser', { userId: person.id, displayName: 'New' });
  await changed(admin, 'deactivateUser', { userId: person.id, reason: 'on leave' });
  const events = await historyOf(admin, person.id.toUpperCase());
  const names = events.map(({ name }) => name);
  expect(names.slice(0, 3).toSorted()).toEqual(['session.revoked', 'user.deactivated', 'user.updated']);
  expect(names.at(-1)).toBe('user.created');
  expect(names).toContain('login.succeeded');
  expect(events.find(({ name }) => name === 'user.deactivated')).toMatchObject({
    actorId: admin.userId,
    personal: { reason: 'on leave' },
  });
  expect(JSON.stringify(events)).not.toContain(other.id);
});

test('the owner reads the same, but not who the others are, where they sat and what they noted', async () => {
  const person = await newPerson(app);
  await changed(admin, 'updateUser', { userId: person.id, displayName: 'New' });
  await changed(admin, 'deactivateUser', { userId: person.id, reason: 'PRIVATE-NOTE' });
  await changed(admin, 'reactivateUser', { userId: person.id });
  await person.client.login({ email: person.email, password: 'three blue kettles on a shelf' });
  const [own, full] = [await historyOf(person.client, person.id), await historyOf(admin, person.id)];
  expect(own.map(({ name }) => name)).toEqual(full.map(({ name }) => name));
  for (const event of own) {
    if (event.actorId === person.id) expect(event.personal).toHaveProperty('ip');
    else expect(event).toMatchObject({ actorId: null, actorSessionId: null });
  }
  expect(JSON.stringify(own)).not.toContain('PRIVATE-NOTE');
  expect(JSON.stringify(own)).not.toContain(admin.userId ?? '?');
  const failed = own.find(({ name }) => name === 'user.deactivated');
  expect(failed?.personal).toBeNull();
});

test('an attempt by nobody known is told to the owner with its address: it is how they learn of it', async () => {
  const person = await newVerifiedPerson(app);
  await app.client().login({ email: person.email, password: 'wrong wrong wrong' });
  const [latest] = await historyOf(person.client, person.id);
  expect(latest).toMatchObject({ name: 'login.failed', actorId: null, personal: { ip: '127.0.0.1' } });
});

test('whoever signed up with the address of somebody else does not read where that one tries to sign in', async () => {
  const squatter = await newPerson(app);
  await app.client().login({ email: squatter.email, password: 'wrong wrong wrong' });
  await requestReset(app.client(), squatter.email);
  const own = await historyOf(squatter.client, squatter.id);
  const tried = own.filter(({ name }) => ['login.failed', 'password_reset.requested'].includes(name));
  expect(tried).toHaveLength(2);
  for (const { personal } of own.filter(({ actorId }) => actorId === null)) {
    expect(Object.keys(personal ?? {})).not.toEqual(expect.arrayContaining(['ip']));
    expect(Object.keys(personal ?? {})).not.toEqual(expect.arrayContaining(['userAgent']));
  }
  const full = await historyOf(admin, squatter.id);
  expect(full.find(({ name }) => name === 'login.failed')?.personal).toMatchObject({ ip: '127.0.0.1' });
});

test('pages cover it once', async () => {
  const { id } = await newPerson(app);
  for (let i = 0; i < 5; i += 1) await changed(admin, 'updateUser', { userId: id, displayName: `Name ${i}` });
  const all = await historyOf(admin, id);
  const seen: Event[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Awaited<ReturnType<Client['send']>> = await admin.send(HISTORY, {
      userId: id,
      first: 2,
      after,
    });
    const { edges, pageInfo } = (answer.data ?? {})['userHistory'];
    seen.push(...edges.map(({ node }: { node: Event }) => node));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(all);
  expect((await admin.send(HISTORY, { userId: id, after: 'garbage' })).code).toBe('INVALID_CURSOR');
});

test('nobody else reads it: not another user, not a machine, not an admin without users:read', async () => {
  const { client, id } = await newPerson(app);
  const other = await newPerson(app);
  const almost = await newDelegate(app, admin, ['users:list', 'users:modify', 'users:deactivate']);
  const reader = await newDelegate(app, admin, ['users:read']);
  const { basic } = await newService(admin);
  expect(await historyOf(client, id)).not.toEqual([]);
  expect(await historyOf(reader.client, id)).not.toEqual([]);
  for (const stranger of [other.client, almost.client]) {
    const answer = await stranger.send(HISTORY, { userId: id });
    expect([answer.code, answer.data]).toEqual(['FORBIDDEN', null]);
  }
  expect((await app.client().send(HISTORY, { userId: id })).code).toBe('UNAUTHENTICATED');
  expect((await app.client().send(HISTORY, { userId: id }, { authorization: basic })).code).toBe('FORBIDDEN');
});
