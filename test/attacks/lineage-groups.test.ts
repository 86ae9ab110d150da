// What an intruder's session leaves behind in roles and groups, and that it goes with the session.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { managed, newGroup } from '../support/groups.js';
import { changesOf, everything, revokeEverythingFrom, sessionOf } from '../support/lineage.js';

let app: TestApp;
/** The admin, and somebody who sits in another session of theirs. */
let admin: Client;
let thief: Client;
let role: string;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());
beforeEach(async () => {
  admin = await app.adminClient();
  thief = app.client();
  await thief.login(ADMIN);
  role = await newRole(app, ['users:list']);
});

const list = '{ users(first: 1) { edges { cursor } } }';
const undone = async (client: Client = admin) => {
  const answer = await revokeEverythingFrom(client, sessionOf(thief));
  expect(answer.errors).toEqual([]);
  return answer.data?.['revokeEverythingFrom'];
};
const named = (found: readonly { kind: string; name?: string }[]) =>
  found.map(({ kind, name }) => [kind, name]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));

test('places in groups, and roles of groups and machines, go with the session that gave them; others stay', async () => {
  const [puppet, member] = [await newPerson(app), await newPerson(app)];
  const groupId = await newGroup(admin, { members: [member.id], roles: [role] });
  const other = await newRole(app, ['audit:read']);
  const { clientId: serviceAccountId } = await newService(admin, { roles: [] });
  await managed(thief, 'addGroupMember', { groupId, userId: puppet.id });
  await managed(thief, 'assignRole', { groupId, role: other });
  await managed(thief, 'assignRole', { serviceAccountId, role: other });
  expect((await puppet.client.send(list)).errors).toEqual([]);
  const [name] = (await sql(app, 'select name from groups where id = ?', [groupId])).map(
    (row) => row['name'],
  );
  expect(named((await undone()).revoked)).toEqual([
    ['group_membership', name],
    ['role', other],
    ['role', other],
  ]);
  expect((await puppet.client.send(list)).code).toBe('FORBIDDEN');
  const seen = await member.client.send('{ viewer { roles user { groups { id } } } }');
  expect(seen.data?.['viewer']).toEqual({ roles: [role], user: { groups: [{ id: groupId }] } });
  expect(await sql(app, 'select 1 from role_assignments where holder_id = ?', [serviceAccountId])).toEqual(
    [],
  );
});

test('a dry run tells of them and changes nothing', async () => {
  const { id: userId } = await newPerson(app);
  const groupId = await newGroup(admin, { roles: [role] });
  await managed(thief, 'addGroupMember', { groupId, userId });
  const before = await everything(app);
  const answer = await revokeEverythingFrom(admin, sessionOf(thief), true);
  const [told] = (answer.data ?? {})['revokeEverythingFrom'].revoked;
  expect(told).toMatchObject({ kind: 'group_membership', userId, createdBySessionId: sessionOf(thief) });
  // A job may come due meanwhile.
  const { cron_run: _due, ...changes } = changesOf(before, await everything(app));
  expect(changes).toEqual({});
});

test('a role that the session made last longer ends when it did before, one that it gave goes, one that it made shorter stays', async () => {
  const [longer, shorter, given] = [await newPerson(app), await newPerson(app), await newPerson(app)];
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  for (const { id: userId } of [longer, shorter]) {
    await managed(admin, 'assignRole', { userId, role, expiresAt: inDays(2) });
  }
  await managed(thief, 'assignRole', { userId: longer.id, role, expiresAt: inDays(30) });
  await managed(thief, 'assignRole', { userId: shorter.id, role, expiresAt: inDays(1) });
  // That somebody makes it last does not hide where it came from.
  await managed(thief, 'assignRole', { userId: given.id, role, expiresAt: inDays(1) });
  await managed(admin, 'assignRole', { userId: given.id, role });
  const { revoked } = await undone();
  const told = revoked.map(({ kind, userId }: { kind: string; userId: string }) => [kind, userId]);
  expect(told).toEqual([
    ['role_extension', longer.id],
    ['role', given.id],
  ]);
  expect((await given.client.send(list)).code).toBe('FORBIDDEN');
  for (const { client } of [longer, shorter]) expect((await client.send(list)).errors).toEqual([]);
});

test('a planted admin by group stays only where nobody else would be one', async () => {
  const [puppet, groupId] = [await newPerson(app), await newGroup(admin, { roles: ['system_admin'] })];
  await managed(thief, 'addGroupMember', { groupId, userId: puppet.id });
  await managed(puppet.client, 'revokeRole', { userId: admin.userId, role: 'system_admin' });
  const session = sessionOf(thief);
  // The puppet is the last admin now: what made them one stays, and whoever asks is told.
  const told = await revokeEverythingFrom(puppet.client, session);
  expect(told.errors).toEqual([]);
  expect(named(told.data?.['revokeEverythingFrom'].kept)).toEqual([['group_membership', undefined]]);
  await managed(puppet.client, 'assignRole', { userId: admin.userId, role: 'system_admin' });
  const again = await revokeEverythingFrom(puppet.client, session);
  expect(named(again.data?.['revokeEverythingFrom'].kept)).toEqual([]);
  expect((await puppet.client.send(list)).code).toBe('FORBIDDEN');
});

test('whoever may do less than a group’s members takes no role from it, though the session was theirs', async () => {
  const delegate = await newDelegate(app, admin, ['roles:manage', 'users:list', 'users:modify']);
  const groupId = await newGroup(admin);
  await managed(delegate.client, 'assignRole', { groupId, role });
  const strong = await newDelegate(app, admin, ['audit:read']);
  await managed(admin, 'addGroupMember', { groupId, userId: strong.id });
  const answer = await revokeEverythingFrom(delegate.client, sessionOf(delegate.client));
  const { revoked, kept } = (answer.data ?? {})['revokeEverythingFrom'];
  expect([named(revoked), named(kept)]).toEqual([[], [['role', undefined]]]);
});
