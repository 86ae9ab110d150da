import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, newService, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const revoke = async (client: Client, sessionId: string, headers = {}) =>
  await client.send(
    'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { sessionId } }',
    { input: { sessionId } },
    headers,
  );
const sessionOf = (client: Client) => claimsOf(client.accessToken).sid;
const isAlive = async (client: Client) => (await client.send('{ viewer { id } }')).errors.length === 0;
const reasonOf = async (sessionId: string) => {
  const [row] = await sql(app, 'select revoke_reason from sessions where id = ?', [sessionId]);
  return row?.['revoke_reason'];
};

test('a user ends another of their devices; the one they ask through goes on', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const id = sessionOf(phone);
  expect((await revoke(person.client, id)).data).toEqual({ revokeSession: { sessionId: id } });
  expect([await isAlive(phone), await isAlive(person.client)]).toEqual([false, true]);
  expect((await phone.refresh()).code).toBe('SESSION_EXPIRED');
  expect(await reasonOf(id)).toBe('revoked_by_user');
});

test('a user may end the very session they ask through', async () => {
  const { client } = await newPerson(app);
  expect((await revoke(client, sessionOf(client))).errors).toEqual([]);
  expect(await isAlive(client)).toBe(false);
});

test('another’s session and one that does not exist get the same answer, and nothing ends', async () => {
  const [attacker, victim] = [await newPerson(app), await newPerson(app)];
  const others = await revoke(attacker.client, sessionOf(victim.client));
  const unknown = await revoke(attacker.client, '01890000-0000-7000-8000-000000000000');
  for (const answer of [others, unknown]) {
    expect([answer.status, answer.code, answer.data]).toEqual([404, 'SESSION_NOT_FOUND', null]);
    expect(answer.errors[0]?.message).toBe(others.errors[0]?.message);
  }
  expect(await isAlive(victim.client)).toBe(true);
});

test('an admin ends anybody’s session, and the trail says it was one', async () => {
  const { client } = await newPerson(app);
  const admin = await app.adminClient();
  expect((await revoke(admin, sessionOf(client))).errors).toEqual([]);
  expect(await isAlive(client)).toBe(false);
  expect(await reasonOf(sessionOf(client))).toBe('revoked_by_admin');
});

test('nobody ends a session of somebody who may do more than they', async () => {
  const admin = await app.adminClient();
  const weak = await newDelegate(app, admin, ['sessions:revoke']);
  const answer = await revoke(weak.client, sessionOf(admin));
  expect([answer.status, answer.code]).toEqual([403, 'USER_TOO_POWERFUL']);
  expect(await isAlive(admin)).toBe(true);
  const phone = await anotherDevice(app, weak);
  expect((await revoke(weak.client, sessionOf(phone))).errors).toEqual([]);
});

test('ending a session again changes nothing and is no error', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const id = sessionOf(phone);
  await revoke(person.client, id);
  expect((await revoke(person.client, id.toUpperCase())).errors).toEqual([]);
  const rows = await sql(
    app,
    `select 1 from audit_events where name = 'session.revoked' and subject_id = ?`,
    [id],
  );
  expect(rows).toHaveLength(1);
});

test('something that is no id is refused as such', async () => {
  const { client } = await newPerson(app);
  const answer = await revoke(client, `' or true --`);
  expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT']);
});

test('only a signed-in user ends sessions', async () => {
  const { client } = await newPerson(app);
  expect((await revoke(app.client(), sessionOf(client))).code).toBe('UNAUTHENTICATED');
  const { basic } = await newService(await app.adminClient());
  expect((await revoke(app.client(), sessionOf(client), { authorization: basic })).code).toBe('FORBIDDEN');
  expect(await isAlive(client)).toBe(true);
});
