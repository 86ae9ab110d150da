// The last system admin stays, by whatever they are one: a role of their own, or a group's.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { change, changed } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { manage, managed, newGroup } from '../../support/groups.js';

const ROLE = 'system_admin';

let app: TestApp;
let admin: Client;
/** An admin through a group alone, and that group. */
let member: Client;
let groupId: string;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: { loginsPerMinute: 1e6, signUpsPerHour: 1e6 } } });
});
afterAll(async () => await app.close());
beforeEach(async () => {
  // Whatever an earlier test has left: one admin by a role of their own, as at the start.
  await sql(app, 'delete from groups');
  await sql(app, "delete from role_assignments where holder_kind = 'group'");
  admin = await app.adminClient();
  const person = await newPerson(app);
  member = person.client;
  groupId = await newGroup(admin, { members: [person.id], roles: [ROLE] });
});

const own = () => ({ userId: admin.userId, role: ROLE });
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();

test('an admin through a group keeps the system going, and then cannot be taken out of it in any way', async () => {
  await managed(member, 'revokeRole', own());
  const membership = { groupId, userId: member.userId };
  expect((await manage(member, 'removeGroupMember', membership)).code).toBe('LAST_ADMIN');
  expect((await manage(member, 'deleteGroup', { groupId })).code).toBe('LAST_ADMIN');
  expect((await manage(member, 'revokeRole', { groupId, role: ROLE })).code).toBe('LAST_ADMIN');
  const shorter = { groupId, role: ROLE, expiresAt: tomorrow() };
  expect((await manage(member, 'assignRole', shorter)).code).toBe('LAST_ADMIN');
  for (const mutation of ['deactivateUser', 'deleteUser'] as const) {
    expect((await change(member, mutation, { userId: member.userId })).code).toBe('LAST_ADMIN');
  }
  expect((await member.send('{ viewer { roles } }')).data?.['viewer'].roles).toEqual([ROLE]);
  await managed(member, 'assignRole', own());
  await managed(admin, 'deleteGroup', { groupId });
});

test('who holds the role until some day does not keep the system going', async () => {
  await managed(admin, 'removeGroupMember', { groupId, userId: member.userId });
  await managed(admin, 'assignRole', { userId: member.userId, role: ROLE, expiresAt: tomorrow() });
  expect((await manage(admin, 'revokeRole', own())).code).toBe('LAST_ADMIN');
  expect((await change(admin, 'deactivateUser', { userId: admin.userId })).code).toBe('LAST_ADMIN');
  // Nor does the last one become such a one, which would come to the same.
  expect((await manage(admin, 'assignRole', { ...own(), expiresAt: tomorrow() })).code).toBe('LAST_ADMIN');
  await managed(admin, 'revokeRole', { userId: member.userId, role: ROLE });
});

test('a member who is deactivated, or was never there, keeps nothing going', async () => {
  await changed(admin, 'deactivateUser', { userId: member.userId });
  expect((await manage(admin, 'revokeRole', own())).code).toBe('LAST_ADMIN');
  await newGroup(admin, { roles: [ROLE] });
  expect((await manage(admin, 'revokeRole', own())).code).toBe('LAST_ADMIN');
});

test('an admin in two ways may lose one of them', async () => {
  await managed(admin, 'addGroupMember', { groupId, userId: admin.userId });
  await managed(admin, 'removeGroupMember', { groupId, userId: member.userId });
  await managed(admin, 'revokeRole', own());
  expect((await manage(admin, 'removeGroupMember', { groupId, userId: admin.userId })).code).toBe(
    'LAST_ADMIN',
  );
  await managed(admin, 'assignRole', own());
  await managed(admin, 'removeGroupMember', { groupId, userId: admin.userId });
});

test('two admins who remove each other at the same moment, from the group and by the role: one remains', async () => {
  for (let round = 0; round < 15; round += 1) {
    const answers = await Promise.all([
      manage(admin, 'removeGroupMember', { groupId, userId: member.userId }),
      manage(member, 'revokeRole', own()),
    ]);
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    const left = answers[0]?.code === undefined ? admin : member;
    await managed(left, 'addGroupMember', { groupId, userId: member.userId });
    await managed(left, 'assignRole', own());
  }
});
