import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../../src/kernel/caller.js';
import { newAddress, newPerson, newService, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { isAlive, sessionOf } from '../../support/lineage.js';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { server: { trustedProxies: ['127.0.0.1'] } } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const revoke = async (client: Client, filter: object, dryRun = false, headers = {}) =>
  await client.send(
    `mutation ($input: RevokeSessionsInput!) { revokeSessions(input: $input) {
      dryRun count skipped sessions { id } } }`,
    { input: { filter, dryRun } },
    headers,
  );
const answerOf = async (client: Client, filter: object, dryRun = false) => {
  const answer = await revoke(client, filter, dryRun);
  expect(answer.errors).toEqual([]);
  return answer.data?.['revokeSessions'];
};

async function signIn(email: string, ip: string, agent = 'curl/8.0'): Promise<Client> {
  const client = app.client();
  const answer = await client.send(
    'mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded { tokens { accessToken } } } }',
    { input: { email, password: PASSWORD } },
    { 'x-forwarded-for': ip, 'user-agent': agent },
  );
  client.accessToken = answer.data?.['login'].tokens.accessToken;
  return client;
}

async function newAccount(): Promise<string> {
  const email = newAddress();
  expect((await app.client().signUp({ email, password: PASSWORD })).errors).toEqual([]);
  return email;
}

test('by user: all of theirs end, nobody else’s', async () => {
  const [person, other] = [await newPerson(app), await newPerson(app)];
  const told = await answerOf(admin, { userId: person.id });
  expect(told).toEqual({
    dryRun: false,
    count: 1,
    skipped: 0,
    sessions: [{ id: sessionOf(person.client) }],
  });
  expect([await isAlive(person.client), await isAlive(other.client)]).toEqual([false, true]);
  const [row] = await sql(app, 'select revoke_reason from sessions where id = ?', [sessionOf(person.client)]);
  expect(row?.['revoke_reason']).toBe('revoked_by_admin');
});

test('a dry run tells the same and ends nothing', async () => {
  const { client, id } = await newPerson(app);
  const told = await answerOf(admin, { userId: id }, true);
  expect(await isAlive(client)).toBe(true);
  expect(await answerOf(admin, { userId: id })).toEqual({ ...told, dryRun: false });
});

test.each([
  ['a network in CIDR notation', '192.0.2.0/25', '192.0.2.7', '192.0.2.200'],
  ['a network with bits beyond its prefix', '192.0.3.9/25', '192.0.3.7', '192.0.3.200'],
  ['an address, for its /24', '198.51.100.77', '198.51.100.1', '198.51.101.1'],
  ['an IPv6 address, for its /64', '2001:db8:1::77', '2001:db8:1::1', '2001:db8:1:1::1'],
  ['an IPv6 network', '2001:db8:2::/48', '2001:db8:2:9::1', '2001:db8:3::1'],
  ['an IPv4 network inside IPv6', '::ffff:203.0.113.0/120', '203.0.113.7', '203.0.114.7'],
])('by %s', async (_what, network, inside, outside) => {
  const email = await newAccount();
  const [here, there] = [await signIn(email, inside), await signIn(email, outside)];
  expect((await answerOf(admin, { network })).count).toBe(1);
  expect([await isAlive(here), await isAlive(there)]).toEqual([false, true]);
});

test('by agent, its label exactly or a part of it; and what contains wildcards finds only itself', async () => {
  const email = await newAccount();
  const bad = await signIn(email, '192.0.2.1', 'EvilTool/1.0 (100%_off)');
  const good = await signIn(email, '192.0.2.1', 'GoodTool/1.0');
  expect((await answerOf(admin, { agent: '%%' })).count).toBe(0);
  expect((await answerOf(admin, { agent: 'eviltool/1.0 (100%_' })).count).toBe(1);
  expect([await isAlive(bad), await isAlive(good)]).toEqual([false, true]);
});

test('by the time they began, from the first moment up to the last, which is out', async () => {
  const person = await newPerson(app);
  const at = clock.now().toISOString();
  clock.advance(1);
  const later = clock.now().toISOString();
  expect((await answerOf(admin, { userId: person.id, from: later })).count).toBe(0);
  expect((await answerOf(admin, { userId: person.id, to: at })).count).toBe(0);
  expect((await answerOf(admin, { userId: person.id, from: at, to: later })).count).toBe(1);
});

test('the caller’s own session goes on, whatever the filter says', async () => {
  const second = await app.adminClient();
  const { userId } = second;
  const told = await answerOf(second, { userId });
  expect([told.count >= 1, told.skipped, await isAlive(second), await isAlive(admin)]).toEqual([
    true,
    0,
    true,
    false,
  ]);
  admin = second;
});

test('sessions of those who may do more than the caller go on, and are counted', async () => {
  const [person, helper] = [await newPerson(app), await newPerson(app)];
  const role = await helperRole(helper);
  const told = await answerOf(helper.client, { from: new Date(0).toISOString() }, true);
  expect(told.skipped).toBeGreaterThanOrEqual(1);
  expect((await answerOf(helper.client, { userId: person.id })).count).toBe(1);
  expect(await answerOf(helper.client, { userId: admin.userId })).toMatchObject({ count: 0, sessions: [] });
  expect([await isAlive(admin), await isAlive(person.client)]).toEqual([true, false]);
  await sql(app, 'delete from role_assignments where role_id = ?', [role]);
});

test.each([
  ['nothing', {}],
  ['an empty network', { network: '' }],
  ['a network that is none', { network: '300.1.1.1' }],
  ['a prefix that is too long', { network: '192.0.2.0/33' }],
  ['SQL', { network: `0.0.0.0/0' or true --` }],
])('a filter of %s is refused, and ends nothing', async (_what, filter) => {
  const { client } = await newPerson(app);
  const answer = await revoke(admin, filter);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  expect(await isAlive(client)).toBe(true);
});

test('a thousand sessions and more end in transactions of five hundred, with one event for each', async () => {
  const { client, id } = await newPerson(app);
  await sql(
    app,
    `insert into sessions select (json_populate_record(s, json_build_object('id', gen_random_uuid()))).*
     from sessions s, generate_series(1, 1200) where s.id = ?`,
    [sessionOf(client)],
  );
  const told = await answerOf(admin, { userId: id });
  expect([told.count, told.sessions.length]).toEqual([1_201, 100]);
  const [row] = await sql(
    app,
    `select count(*)::int as events from audit_events where name = 'session.revoked' and user_id = ?`,
    [id],
  );
  expect(row).toEqual({ events: 1_201 });
});

test('it takes the permission, and of a user a fresh proof', async () => {
  const { client, id } = await newPerson(app);
  expect((await revoke(client, { userId: id })).code).toBe('FORBIDDEN');
  expect((await revoke(app.client(), { userId: id })).code).toBe('UNAUTHENTICATED');
  const { basic } = await newService(admin);
  expect((await revoke(app.client(), { userId: id }, false, { authorization: basic })).code).toBe(
    'FORBIDDEN',
  );
  clock.advance(16 * 60);
  await admin.refresh();
  expect((await revoke(admin, { userId: id })).code).toBe('STEP_UP_REQUIRED');
});

/** Somebody who may end sessions and nothing else. */
async function helperRole({ id }: Person): Promise<string> {
  const [role] = await sql(
    app,
    `insert into roles (id, name, description, permissions, built_in, created_at)
     values (gen_random_uuid(), 'helper', '', '["sessions:revoke"]', false, now()) returning id`,
  );
  await app.services.unitOfWork.run(async (unit) => {
    await app.services.access.assign(unit, systemCaller(), { kind: 'user', id }, 'helper');
  });
  return String(role?.['id']);
}

test('which sessions they are is for those to see who may read sessions', async () => {
  const fresh = await app.adminClient();
  const [person, blind] = [await newPerson(app), await newDelegate(app, fresh, ['sessions:revoke'])];
  const filter = { userId: person.id };
  expect(await answerOf(blind.client, filter, true)).toMatchObject({ count: 1, sessions: [] });
  const seeing = await newDelegate(app, fresh, ['sessions:revoke', 'sessions:read']);
  const sessions = [{ id: sessionOf(person.client) }];
  expect(await answerOf(seeing.client, filter, true)).toMatchObject({ count: 1, sessions });
});
