import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService, PASSWORD, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { changesOf, everything, isAlive, revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { changePassword, NEW_PASSWORD, reset, setUserPassword } from '../support/passwords.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

const undone = async (client: Client, sessionId: string, dryRun = false) => {
  const answer = await revokeEverythingFrom(client, sessionId, dryRun);
  expect(answer.errors).toEqual([]);
  return answer.data?.['revokeEverythingFrom'];
};
const kindsOf = (found: readonly { kind: string }[]) => found.map(({ kind }) => kind).toSorted();

async function signIn(email: string, password = NEW_PASSWORD): Promise<Client> {
  const client = app.client();
  expect((await client.login({ email, password })).errors).toEqual([]);
  return client;
}

/** A chain of service accounts, each made by the one before, of which the last has made somebody an admin. */
async function planted(thief: Client) {
  const first = await newService(thief, { audiences: [], roles: ['system_admin'] });
  const machine = app.client();
  const send = async (basic: string, text: string, input: object) => {
    const answer = await machine.send(text, { input }, { authorization: basic });
    expect(answer.errors).toEqual([]);
    return answer.data;
  };
  const made = await send(
    first.basic,
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId clientSecret } }',
    { name: `second-${first.clientId}`, roles: ['system_admin'] },
  );
  const { clientId, clientSecret } = (made ?? {})['createServiceAccount'];
  const second = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const puppet = await newPerson(app);
  await send(second, 'mutation ($input: AssignRoleInput!) { assignRole(input: $input) { user { id } } }', {
    userId: puppet.id,
    role: 'system_admin',
  });
  return { first, secondId: clientId, puppet };
}

const enabledOf = async (ids: readonly string[]) =>
  (await sql(app, `select id from service_accounts where enabled and id in ('${ids.join("','")}')`)).length;
const rolesOf = async (holderId: string) =>
  await sql(app, 'select id from role_assignments where holder_id = ?', [holderId]);

test('what a planted service account has planted goes with it, down to the last link', async () => {
  const thief = await app.adminClient();
  const { first, secondId, puppet } = await planted(thief);
  const told = await undone(admin, sessionOf(thief));
  expect(kindsOf(told.revoked)).toEqual([
    'client_secret',
    'client_secret',
    'role',
    'role',
    'role',
    'service_account',
    'service_account',
  ]);
  expect(await enabledOf([first.clientId, secondId])).toBe(0);
  expect(await rolesOf(puppet.id)).toEqual([]);
});

test('it goes as well when the service account in between was disabled before', async () => {
  const thief = await app.adminClient();
  const { first, secondId, puppet } = await planted(thief);
  await sql(app, 'update service_accounts set enabled = false where id = ?', [first.clientId]);
  await undone(admin, sessionOf(thief));
  expect(await enabledOf([secondId])).toBe(0);
  expect(await rolesOf(puppet.id)).toEqual([]);
});

test('service accounts that made each other in a circle are found once each', async () => {
  const thief = await app.adminClient();
  const { first, secondId } = await planted(thief);
  await sql(app, 'update service_accounts set created_by_service_account_id = ? where id = ?', [
    secondId,
    first.clientId,
  ]);
  const told = await undone(admin, sessionOf(thief));
  expect(kindsOf(told.revoked).filter((kind) => kind === 'service_account')).toHaveLength(2);
});

test('a password that a session set for somebody goes, and what came in by it; its owner is mailed the way back', async () => {
  const thief = await app.adminClient();
  const victim = await newPerson(app);
  expect((await setUserPassword(thief, victim.id)).errors).toEqual([]);
  const inside = await signIn(victim.email);
  const key = await newApiKey(inside);
  const told = await undone(admin, sessionOf(thief));
  expect(kindsOf(told.revoked)).toEqual(['api_key', 'password']);
  expect(await isAlive(inside)).toBe(false);
  const byKey = await app.client().send('{ viewer { kind } }', {}, { 'x-api-key': key.secret });
  expect(byKey.errors).toHaveLength(1);
  expect((await app.client().login({ email: victim.email, password: NEW_PASSWORD })).code).toBe(
    'INVALID_CREDENTIALS',
  );
  const mailed = tokenIn(await lastMailTo(app, victim.email));
  expect((await reset(app.client(), mailed, PASSWORD)).errors).toEqual([]);
  await signIn(victim.email, PASSWORD);
});

test('a dry run shows the password that somebody has set for themself, and changes nothing', async () => {
  const owner = await newPerson(app);
  const thief = await anotherDevice(app, owner);
  expect((await changePassword(thief, PASSWORD)).errors).toEqual([]);
  const again = await signIn(owner.email);
  const before = await everything(app);
  const told = await undone(again, sessionOf(thief), true);
  expect([kindsOf(told.revoked), told.endedSessionIds]).toEqual([['password'], [sessionOf(thief)]]);
  expect(changesOf(before, await everything(app))).toEqual({});
  await undone(again, sessionOf(thief));
  expect([await isAlive(thief), await isAlive(again)]).toEqual([false, true]);
});

test('a password that the session did not set stays, also one that its owner has set since', async () => {
  const thief = await app.adminClient();
  const victim = await newPerson(app);
  expect((await setUserPassword(thief, victim.id)).errors).toEqual([]);
  const inside = await signIn(victim.email);
  expect((await setUserPassword(admin, victim.id, PASSWORD)).errors).toEqual([]);
  const told = await undone(admin, sessionOf(thief));
  expect([told.revoked, await isAlive(inside)]).toEqual([[], false]);
  await signIn(victim.email, PASSWORD);
});
