import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimsOf, newPerson, newService, sql } from '../../support/accounts.js';
import { askCan, decided, NOTHING } from '../../support/access.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { newId } from '../../../src/kernel/id.js';
import type { Client } from '../../support/client.js';
import { STALE_SECONDS } from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { tokens: { accessTtlSeconds: 86_400 } } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const allowed = (rule: string, role: string | null = null, via: string | null = null) => ({
  allowed: true,
  because: { rule, role, via },
  missing: null,
});
const refused = (missing: object) => ({
  allowed: false,
  because: null,
  missing: { ...NOTHING, ...missing },
});

/** Lets every proof so far grow old, but the admin’s. */
async function grow(): Promise<void> {
  clock.advance(STALE_SECONDS);
  admin = await app.adminClient();
}

/** The first role that somebody holds. */
async function roleOf(id: string): Promise<string> {
  const [row] = await sql(
    app,
    'select r.name from role_assignments a join roles r on r.id = a.role_id where a.holder_id = ?',
    [id],
  );
  return String(row?.['name']);
}

describe('a permission', () => {
  test('is answered with the role that gives it', async () => {
    const { client, id } = await newDelegate(app, admin, ['users:list']);
    expect(await decided(client, 'users:list')).toEqual(
      allowed('permission `users:list`', await roleOf(id), 'role'),
    );
    expect(await decided(admin, 'roles:manage')).toEqual(
      allowed('permission `roles:manage`', 'system_admin', 'role'),
    );
  });

  test('is answered with the group that has the role', async () => {
    const { client, id } = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    const created = await admin.send(
      `mutation { createGroup(input: { name: "Desk", description: "" }) { group { id } } }`,
    );
    const groupId = created.data?.['createGroup'].group.id;
    const joined = await admin.send(
      `mutation ($groupId: UUID!, $userId: UUID!, $role: String!) {
        addGroupMember(input: { groupId: $groupId, userId: $userId }) { __typename }
        assignRole(input: { groupId: $groupId, role: $role }) { __typename } }`,
      { groupId, userId: id, role },
    );
    expect(joined.errors).toEqual([]);
    expect(await decided(client, 'users:list')).toEqual(
      allowed('permission `users:list`', role, 'group:Desk'),
    );
  });

  test('that is not held is missing, and one that is taken is missing at once', async () => {
    const { client, id } = await newDelegate(app, admin, ['users:list']);
    expect(await decided(client, 'users:read')).toEqual(refused({ permission: 'users:read' }));
    await changed(admin, 'revokeRole', { userId: id, role: await roleOf(id) });
    expect(await decided(client, 'users:list')).toEqual(refused({ permission: 'users:list' }));
  });

  test('is not had by owning what it is about', async () => {
    const { client, id } = await newPerson(app);
    expect(await decided(client, 'users:read', { type: 'user', id })).toEqual(
      refused({ permission: 'users:read' }),
    );
  });
});

describe('a field', () => {
  test('is answered by its rule: what it asks for, all at once', async () => {
    const { client } = await newPerson(app);
    await grow();
    expect(await decided(client, 'viewer')).toEqual(allowed('an authenticated caller of any kind'));
    expect(await decided(client, 'deleteUser')).toEqual(
      refused({ permission: 'users:deactivate', freshness: 900 }),
    );
    expect(await decided(client, 'changePassword')).toEqual(refused({ freshness: 900 }));
  });

  test('is answered for one’s own things and for those of others: other sessions take the permission', async () => {
    const { client } = await newPerson(app);
    const stranger = await newPerson(app);
    const session = (of: Client) => ({ type: 'session', id: claimsOf(of.accessToken).sid });
    expect(await decided(client, 'revokeSession', session(client))).toEqual(
      allowed('a signed-in user', null, 'owner'),
    );
    const notTheirs = refused({ permission: 'sessions:revoke' });
    expect(await decided(client, 'revokeSession', session(stranger.client))).toEqual(notTheirs);
    // What is not there is answered as what is not theirs.
    for (const id of [newId(), 'nothing', '', null]) {
      expect(await decided(client, 'revokeSession', { type: 'session', id })).toEqual(notTheirs);
    }
    const other = await newDelegate(app, admin, ['sessions:revoke']);
    expect(await decided(other.client, 'revokeSession', session(client))).toMatchObject({
      allowed: true,
      because: { role: await roleOf(other.id), via: 'role' },
    });
    expect(await decided(client, 'updateProfile', { type: 'user', id: stranger.id })).toEqual(
      refused({ rule: 'the user it belongs to' }),
    );
  });

  test.each(['Session', 'sessions', 'order'])('of an unknown type %s is nobody’s own', async (type) => {
    const { client } = await newPerson(app);
    const id = claimsOf(client.accessToken).sid;
    expect(await decided(client, 'revokeSession', { type, id })).toMatchObject({ allowed: false });
    expect(await decided(client, 'revokeSession', { type: 'session', id })).toMatchObject({ allowed: true });
    expect(await decided(admin, 'revokeSession', { type, id })).toMatchObject({ allowed: true });
  });

  test('may be one of a type: its owner may, by owning, and so may who holds the permission', async () => {
    const { client, id } = await newPerson(app);
    const stranger = await newPerson(app);
    const mine = { type: 'user', id };
    expect(await decided(client, 'User.metadata', mine)).toEqual(
      allowed('the user it belongs to', null, 'owner'),
    );
    expect(await decided(stranger.client, 'User.metadata', mine)).toEqual(
      refused({ permission: 'users:read' }),
    );
    expect(await decided(admin, 'User.metadata', mine)).toMatchObject({ because: { role: 'system_admin' } });
    // Being oneself does not make one the owner of a thing of another type.
    expect(await decided(client, 'Session.timeline', mine)).toEqual(refused({ permission: 'sessions:read' }));
  });

  test('is asked with what stands for its arguments', async () => {
    const { client, id } = await newDelegate(app, admin, ['users:modify']);
    await grow();
    const stranger = (await newPerson(app)).id;
    const asked = (attributes: object) =>
      decided(client, 'updateUser', { type: 'user', id: stranger, attributes });
    expect(await asked({ displayName: 'Ada' })).toMatchObject({ allowed: true });
    expect(await asked({ email: 'ada@example.com' })).toEqual(refused({ freshness: 900 }));
    expect(await decided(client, 'userHistory', { type: 'user', id })).toMatchObject({
      because: { via: 'owner' },
    });
  });
});

test('a key may what is left of its scopes, and is not told by which role of its owner', async () => {
  const { client } = await newDelegate(app, admin, ['users:list', 'users:read']);
  const { secret } = await newApiKey(client, { scopes: ['users:list'] });
  const ask = async (action: string) => await decided(app.client(), action, null, { 'x-api-key': secret });
  expect(await ask('users:list')).toEqual(allowed('permission `users:list`', null, 'scope'));
  expect(await ask('users:read')).toEqual(refused({ permission: 'users:read' }));
  expect(await ask('changePassword')).toEqual(refused({ rule: 'a signed-in user' }));
});

test('a service account asks for itself', async () => {
  const { basic } = await newService(admin, { roles: ['resource_server'] });
  const ask = async (action: string) => await decided(app.client(), action, null, { authorization: basic });
  expect(await ask('tokens:introspect')).toEqual(
    allowed('permission `tokens:introspect`', 'resource_server', 'role'),
  );
  expect(await ask('users:list')).toEqual(refused({ permission: 'users:list' }));
});

test('anonymous callers are not answered', async () => {
  expect((await askCan(app.client(), 'users:list')).code).toBe('UNAUTHENTICATED');
});

test.each([
  ['users:fly'],
  ['revokeEverything'],
  ['User.email'],
  ['Mutation.revokeSession'],
  ['User.'],
  ['.'],
  [''],
  ['__proto__'],
  ['User.constructor'],
  ['constructor'],
  ['*'],
  ['x'.repeat(10_000)],
])('what is no action is refused, not answered: %s', async (action) => {
  expect((await askCan(admin, action)).code).toBe('ACCESS_ACTION_UNKNOWN');
});

test.each([
  ['no type', { type: '' }],
  ['a type without end', { type: 'x'.repeat(101) }],
  ['an id without end', { type: 'order', id: 'x'.repeat(201) }],
])('a resource with %s is INVALID_INPUT', async (_what, resource) => {
  expect((await askCan(admin, 'users:list', resource)).code).toBe('INVALID_INPUT');
});

test('attributes of any make are answered', async () => {
  const attributes = JSON.parse('{"constructor":1,"toString":null,"input":[[]],"userId":{},"id":null}');
  for (const action of ['updateUser', 'userHistory', 'User.metadata', 'users:list', 'enrolTotp']) {
    expect(await decided(admin, action, { type: '__proto__', id: 'x', attributes })).toMatchObject({
      allowed: expect.any(Boolean),
    });
  }
});
