// A role that is held until some day, and what happens on that day: the clock is the test's own.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditNamesOf, newPerson, newService, sql } from '../../support/accounts.js';
import { newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { manage, managed, newGroup } from '../../support/groups.js';

const HOUR = 3600;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());
beforeEach(async () => {
  admin = await app.adminClient();
});

const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000).toISOString();
const list = '{ users(first: 1) { edges { cursor } } }';

/** What they are told over HTTP and over a socket that stays open. */
function lookout(client: Client) {
  const socket = client.socket();
  return {
    codes: async () => {
      for await (const answer of socket.iterate({ query: list })) {
        return [(await client.send(list)).code, answer.errors?.[0]?.extensions?.['code']];
      }
      return [];
    },
    close: async () => await socket.dispose(),
  };
}

describe('a role that expires', () => {
  test('counts for nothing from the very next request on, over HTTP and on an open socket', async () => {
    const role = await newRole(app, ['users:list']);
    const [direct, member] = [await newPerson(app), await newPerson(app)];
    const groupId = await newGroup(admin, { members: [member.id] });
    await managed(admin, 'assignRole', { userId: direct.id, role, expiresAt: inSeconds(60) });
    await managed(admin, 'assignRole', { groupId, role, expiresAt: inSeconds(60) });
    const outs = [lookout(direct.client), lookout(member.client)];
    for (const out of outs) expect(await out.codes()).toEqual([undefined, undefined]);
    clock.advance(59);
    for (const out of outs) expect(await out.codes()).toEqual([undefined, undefined]);
    clock.advance(1);
    for (const out of outs) expect(await out.codes()).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    const seen = await direct.client.send('{ viewer { roles user { roles } } }');
    expect(seen.data?.['viewer']).toEqual({ roles: [], user: { roles: [] } });
    const found = await admin.send(
      'query ($role: String!) { users(filter: { role: $role }) { totalCount } }',
      {
        role,
      },
    );
    expect(found.data?.['users'].totalCount).toBe(0);
    for (const out of outs) await out.close();
  });

  test('ends with the first of two, and what the other gives stays', async () => {
    const { client, id } = await newPerson(app);
    const [short, long] = [await newRole(app, ['users:list']), await newRole(app, ['audit:read'])];
    await managed(admin, 'assignRole', { userId: id, role: short, expiresAt: inSeconds(60) });
    await managed(admin, 'assignRole', { userId: id, role: long, expiresAt: inSeconds(120) });
    const rolesOf = async () => (await client.send('{ viewer { roles } }')).data?.['viewer'].roles;
    expect(await rolesOf()).toEqual([short, long].toSorted());
    clock.advance(60);
    expect(await rolesOf()).toEqual([long]);
    clock.advance(60);
    expect(await rolesOf()).toEqual([]);
  });

  test('is a machine’s as long, too', async () => {
    const { clientId, basic } = await newService(admin, { roles: [] });
    const role = await newRole(app, ['users:list']);
    const gift = { serviceAccountId: clientId.toUpperCase(), role, expiresAt: inSeconds(60) };
    const { user, assignment } = await managed(admin, 'assignRole', gift);
    expect([user, assignment.holderKind, assignment.holderId]).toEqual([null, 'SERVICE_ACCOUNT', clientId]);
    const ask = async () => (await app.client().send(list, {}, { authorization: basic })).code;
    expect(await ask()).toBeUndefined();
    clock.advance(60);
    expect(await ask()).toBe('FORBIDDEN');
  });

  test('is taken away some minutes later, and the trail says why', async () => {
    const { id } = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    const { assignment } = await managed(admin, 'assignRole', {
      userId: id,
      role,
      expiresAt: inSeconds(60),
    });
    expect(assignment).toMatchObject({ role, holderKind: 'USER', holderId: id, expiresAt: inSeconds(60) });
    const rows = async () => await sql(app, 'select 1 from role_assignments where id = ?', [assignment.id]);
    await app.services.roleAssignments.removeExpired();
    expect(await rows()).toHaveLength(1);
    clock.advance(60);
    await app.services.roleAssignments.removeExpired();
    expect(await rows()).toEqual([]);
    const [told] = await sql(
      app,
      `select actor_kind, payload from audit_events where name = 'role.revoked' and user_id = ?`,
      [id],
    );
    const payload = { role, holderKind: 'user', reason: 'expired' };
    expect(told).toEqual({ actor_kind: 'system', payload });
    expect(await app.services.roleAssignments.removeExpired()).toBe(0);
  });

  test('is given anew after that, as something new', async () => {
    const { id } = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    const gift = { userId: id, role };
    const first = await managed(admin, 'assignRole', { ...gift, expiresAt: inSeconds(60) });
    clock.advance(60);
    const second = await managed(admin, 'assignRole', gift);
    expect(second.assignment.id).not.toBe(first.assignment.id);
    expect(second.assignment.createdAt).toBe(clock.now().toISOString());
    const names = (await auditNamesOf(admin, id)).filter((name) => name.startsWith('role.'));
    expect(names).toEqual(['role.assigned', 'role.revoked', 'role.assigned']);
  });
});

describe('an expiry', () => {
  test('lies in the future', async () => {
    const { id } = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    for (const expiresAt of [inSeconds(0), inSeconds(-60), '0001-01-01T00:00:00Z']) {
      const answer = await manage(admin, 'assignRole', { userId: id, role, expiresAt });
      expect(answer.code).toBe('INVALID_INPUT');
    }
    expect(await sql(app, 'select 1 from role_assignments where holder_id = ?', [id])).toEqual([]);
  });

  test('changes when the role is given again, and the role is held as long as it was', async () => {
    const { client, id } = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    const give = async (expiresAt: string | null) =>
      (await managed(admin, 'assignRole', { userId: id, role, expiresAt })).assignment;
    const first = await give(inSeconds(60));
    clock.advance(30);
    const later = await give(inSeconds(HOUR));
    expect(later).toEqual({ ...first, expiresAt: inSeconds(HOUR) });
    clock.advance(60);
    expect((await client.send(list)).code).toBeUndefined();
    expect((await give(null)).expiresAt).toBeNull();
    expect((await give(inSeconds(60))).expiresAt).toBe(inSeconds(60));
    clock.advance(60);
    expect((await client.send(list)).code).toBe('FORBIDDEN');
  });

  test('is not moved by whoever may not give the role, nor for who may do more', async () => {
    const role = await newRole(app, ['users:list']);
    const weak = await newDelegate(app, admin, ['roles:manage']);
    const equal = await newDelegate(app, admin, ['roles:manage', 'users:list']);
    const stronger = await newDelegate(app, admin, ['users:modify']);
    await managed(admin, 'assignRole', { userId: stronger.id, role, expiresAt: inSeconds(HOUR) });
    const move = async (client: Client, seconds: number) =>
      (
        await manage(client, 'assignRole', {
          userId: stronger.id,
          role,
          expiresAt: inSeconds(seconds),
        })
      ).code;
    expect(await move(weak.client, 2 * HOUR)).toBe('ROLE_TOO_WIDE');
    expect(await move(equal.client, 60)).toBe('USER_TOO_POWERFUL');
    expect(await move(equal.client, 2 * HOUR)).toBe('USER_TOO_POWERFUL');
    expect(await move(admin, 2 * HOUR)).toBeUndefined();
  });
});

test.each([
  ['nobody', {}],
  ['two', { userId: 'x', groupId: 'x' }],
  ['a user and a machine', { userId: 'x', serviceAccountId: 'x' }],
  ['all', { userId: 'x', groupId: 'x', serviceAccountId: 'x' }],
])('whoever names %s is asked for exactly one', async (_whom, named) => {
  const { id } = await newPerson(app);
  const holder = Object.fromEntries(Object.keys(named).map((name) => [name, id]));
  const role = await newRole(app, []);
  for (const mutation of ['assignRole', 'revokeRole'] as const) {
    const answer = await manage(admin, mutation, { ...holder, role });
    const reasons = ['Name exactly one of userId, groupId and serviceAccountId.'];
    expect([answer.code, answer.errors[0]?.extensions['details']]).toEqual(['INVALID_INPUT', { reasons }]);
  }
});

test('a machine that is not there is told so, and one that may do more is left alone', async () => {
  const role = await newRole(app, ['users:list']);
  const nobody = { serviceAccountId: '01890000-0000-7000-8000-000000000000', role };
  expect((await manage(admin, 'assignRole', nobody)).code).toBe('SERVICE_ACCOUNT_NOT_FOUND');
  expect((await manage(admin, 'revokeRole', nobody)).code).toBe('SERVICE_ACCOUNT_NOT_FOUND');
  const strong = await newRole(app, ['users:modify']);
  const { clientId: serviceAccountId } = await newService(admin, { roles: [role, strong] });
  const { client } = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  const take = async () => (await manage(client, 'revokeRole', { serviceAccountId, role })).code;
  expect(await take()).toBe('USER_TOO_POWERFUL');
  expect((await manage(client, 'assignRole', { serviceAccountId, role: strong })).code).toBe('ROLE_TOO_WIDE');
  await managed(admin, 'revokeRole', { serviceAccountId, role: strong });
  expect(await take()).toBeUndefined();
});
