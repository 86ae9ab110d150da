// A delegate who looks for more than they were given: by what a role allows, by a group, by an expiry, by a machine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { createApiKey, newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { manage, managed, newGroup, newRoleName } from '../support/groups.js';
import { STALE_SECONDS } from '../support/step-up.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';

const THEIRS = ['roles:manage', 'groups:manage', 'groups:read', 'users:list'] as const;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let strong: string;
let weak: string;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { rateLimits: generousLimits, tokens: { accessTtlSeconds: 3600 } },
  });
  admin = await app.adminClient();
  strong = await newRole(app, ['users:list', 'users:modify']);
  weak = await newRole(app, ['users:list']);
});
afterAll(async () => await app.close());

/** Everything that says who may do what. */
const rights = async () => ({
  roles: await sql(app, 'select * from roles order by id'),
  assignments: await sql(app, 'select * from role_assignments order by id'),
  groups: await sql(app, 'select * from groups order by id'),
  members: await sql(app, 'select * from group_members order by id'),
});

describe('a delegate', () => {
  test('gets no more than they have, by a role, a group or a machine, alone or with a puppet', async () => {
    const { client, id } = await newDelegate(app, admin, THEIRS);
    const puppet = await newPerson(app);
    const [powerful, empty] = [await newGroup(admin, { roles: [strong] }), await newGroup(admin)];
    const { clientId: machine } = await newService(admin, { roles: [] });
    const mine = await newRole(app, ['users:list']);
    const later = new Date(clock.now().getTime() + 1e6).toISOString();
    const before = await rights();
    const tried = [
      ['createRole', { name: newRoleName(), permissions: ['users:modify'] }],
      ['updateRole', { role: mine, permissions: ['users:list', 'users:modify'] }],
      ['updateRole', { role: strong, newName: newRoleName() }],
      ['assignRole', { userId: id, role: strong }],
      ['assignRole', { userId: puppet.id, role: strong, expiresAt: later }],
      ['assignRole', { groupId: empty, role: strong }],
      ['assignRole', { serviceAccountId: machine, role: strong }],
      ['addGroupMember', { groupId: powerful, userId: id }],
      ['addGroupMember', { groupId: powerful, userId: puppet.id }],
      ['updateGroup', { groupId: powerful, name: 'Everybody' }],
    ] as const;
    for (const [mutation, input] of tried) {
      expect((await manage(client, mutation, input)).code, mutation).toBe('ROLE_TOO_WIDE');
    }
    expect(await rights()).toEqual(before);
    // What they have, they give.
    await managed(client, 'assignRole', { groupId: empty, role: weak });
    await managed(client, 'addGroupMember', { groupId: empty, userId: puppet.id });
  });

  test('takes nothing from who may do more, by their group neither', async () => {
    const { client } = await newDelegate(app, admin, THEIRS);
    const stronger = await newDelegate(app, admin, ['users:modify']);
    const peer = await newPerson(app);
    const groupId = await newGroup(admin, { roles: [weak], members: [stronger.id, peer.id] });
    const guarded = await newGroup(admin, { roles: [strong] });
    const before = await rights();
    const tried = [
      ['removeGroupMember', { groupId, userId: stronger.id }],
      ['revokeRole', { groupId, role: weak }],
      ['deleteGroup', { groupId }],
      ['deleteGroup', { groupId: guarded }],
      ['revokeRole', { groupId: guarded, role: strong }],
    ] as const;
    for (const [mutation, input] of tried) {
      expect((await manage(client, mutation, input)).code, mutation).toBe('USER_TOO_POWERFUL');
    }
    expect(await rights()).toEqual(before);
    await managed(client, 'removeGroupMember', { groupId, userId: peer.id });
  });

  test('with groups:manage alone gives no role, and with roles:manage alone puts nobody anywhere', async () => {
    const groups = await newDelegate(app, admin, ['groups:manage', 'users:list']);
    const roles = await newDelegate(app, admin, ['roles:manage', 'users:list']);
    const groupId = await newGroup(admin, { roles: [weak] });
    expect((await manage(groups.client, 'assignRole', { groupId, role: weak })).code).toBe('FORBIDDEN');
    expect((await manage(groups.client, 'createRole', { name: newRoleName(), permissions: [] })).code).toBe(
      'FORBIDDEN',
    );
    expect((await manage(roles.client, 'addGroupMember', { groupId, userId: roles.id })).code).toBe(
      'FORBIDDEN',
    );
    expect((await manage(roles.client, 'createGroup', { name: 'x' })).code).toBe('FORBIDDEN');
  });

  test('loses what they have through a group before they can pass it on', async () => {
    const { client, id } = await newPerson(app);
    const groupId = await newGroup(admin, { members: [id], roles: [await newRole(app, [...THEIRS])] });
    const other = await newPerson(app);
    await managed(client, 'assignRole', { userId: other.id, role: weak });
    await managed(admin, 'removeGroupMember', { groupId, userId: id });
    expect((await manage(client, 'revokeRole', { userId: other.id, role: weak })).code).toBe('FORBIDDEN');
  });
});

test('an API key gets no right to change groups, whatever its owner may do', async () => {
  const { client } = await newDelegate(app, admin, THEIRS);
  expect((await createApiKey(client, { scopes: ['groups:manage'] })).code).toBe('API_KEY_TOO_WIDE');
  const { secret } = await newApiKey(client, { scopes: ['groups:read'] });
  const headers = { 'x-api-key': secret };
  expect((await app.client().send('{ groups { edges { cursor } } }', {}, headers)).errors).toEqual([]);
  expect((await manage(app.client(), 'createGroup', { name: 'x' }, headers)).code).toBe('FORBIDDEN');
});

test('every one of these asks for a fresh proof', async () => {
  const stale = await app.adminClient();
  clock.advance(STALE_SECONDS);
  const groupId = '01890000-0000-7000-8000-000000000000';
  const tried = [
    ['createRole', { name: newRoleName(), permissions: [] }],
    ['updateRole', { role: weak, permissions: [] }],
    ['deleteRole', { role: weak }],
    ['assignRole', { groupId, role: weak }],
    ['revokeRole', { groupId, role: weak }],
    ['createGroup', { name: 'x' }],
    ['updateGroup', { groupId, name: 'x' }],
    ['deleteGroup', { groupId }],
    ['addGroupMember', { groupId, userId: groupId }],
    ['removeGroupMember', { groupId, userId: groupId }],
  ] as const;
  for (const [mutation, input] of tried) {
    const { code, errors } = await manage(stale, mutation, input);
    expect([code, errors[0]?.extensions['details'].action]).toEqual(['STEP_UP_REQUIRED', 'change_role']);
  }
});
