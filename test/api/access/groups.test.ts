import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { countQueries } from '../../support/count-queries.js';
import { manage, managed, newGroup } from '../../support/groups.js';

const NOBODY = '01890000-0000-7000-8000-000000000000';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const groupById = `query ($id: UUID!, $first: Int! = 20, $after: String) { group(id: $id) { id name roles
  members(first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;

test('a group has members and roles, its members have its roles, and each of them knows', async () => {
  const [one, other] = [await newPerson(app), await newPerson(app)];
  const role = await newRole(app, ['users:list']);
  const groupId = await newGroup(admin, { members: [one.id, other.id], roles: [role] });
  const { data } = await admin.send(groupById, { id: groupId.toUpperCase() });
  expect(data?.['group'].roles).toEqual([role]);
  const ids = data?.['group'].members.edges.map(({ node }: { node: { id: string } }) => node.id);
  // Newest accounts first.
  expect(ids).toEqual([other.id, one.id]);
  expect((await one.client.send('{ users { edges { cursor } } }')).errors).toEqual([]);
  const own = await one.client.send('{ viewer { roles user { roles groups { id name } } } }');
  expect(own.data?.['viewer']).toMatchObject({
    roles: [role],
    user: { roles: [role], groups: [{ id: groupId }] },
  });
  const found = await admin.send('query ($role: String!) { users(filter: { role: $role }) { totalCount } }', {
    role,
  });
  expect(found.data?.['users'].totalCount).toBe(2);
});

test('members come in pages, each once', async () => {
  const members = [];
  for (let i = 0; i < 5; i += 1) members.push((await newPerson(app)).id);
  const id = await newGroup(admin, { members });
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Answer = await admin.send(groupById, {
      id,
      first: 2,
      after,
    });
    const { edges, pageInfo } = (answer.data ?? {})['group'].members;
    seen.push(...edges.map(({ node }: { node: { id: string } }) => node.id));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(members.toReversed());
  expect((await admin.send(groupById, { id, first: 2, after: 'AAAA' })).code).toBe('INVALID_CURSOR');
});

test('twenty groups with their roles and members cost as many queries as two', async () => {
  const role = await newRole(app, ['users:list']);
  const { id } = await newPerson(app);
  for (let i = 0; i < 20; i += 1) await newGroup(admin, { members: [id], roles: [role] });
  const list = async (first: number) => {
    const answer = await admin.send(
      `query ($first: Int!) { groups(first: $first) { edges { node { name roles members(first: 2) {
        edges { node { id } } } } } } }`,
      { first },
    );
    for (const { node } of answer.data?.['groups'].edges ?? []) {
      expect([node.roles, node.members.edges.length]).toEqual([[role], 1]);
    }
  };
  await list(1);
  await app.services.mails.idle();
  const [two, twenty] = [await countQueries(app, () => list(2)), await countQueries(app, () => list(20))];
  expect([two, twenty]).toEqual([3, 3]);
});

test('readers see groups, users see which they are in, and others nothing', async () => {
  const { client, id } = await newPerson(app);
  const groupId = await newGroup(admin, { members: [id] });
  const reader = await newDelegate(app, admin, ['groups:read']);
  expect((await reader.client.send(groupById, { id: groupId })).errors).toEqual([]);
  expect((await reader.client.send(groupById, { id: NOBODY })).data).toEqual({ group: null });
  expect((await client.send(groupById, { id: groupId })).code).toBe('FORBIDDEN');
  expect((await client.send('{ groups { edges { cursor } } }')).code).toBe('FORBIDDEN');
  expect((await app.client().send('{ groups { edges { cursor } } }')).code).toBe('UNAUTHENTICATED');
  // Whoever sees that they are in a group sees not who else is.
  const others = '{ viewer { user { groups { members { edges { cursor } } } } } }';
  expect((await client.send(others)).code).toBe('FORBIDDEN');
  const theirs = 'query ($id: UUID!) { user(id: $id) { groups { id } } }';
  expect((await reader.client.send(theirs, { id })).code).toBe('FORBIDDEN');
});

test('a group is called what an admin says, by one name each, and every change is in the trail', async () => {
  const { group } = await managed(admin, 'createGroup', { name: '  Night shift ', description: 'On call.' });
  expect(group).toMatchObject({ name: 'Night shift', description: 'On call.' });
  expect((await manage(admin, 'createGroup', { name: 'Night shift' })).code).toBe('GROUP_NAME_TAKEN');
  const renamed = await managed(admin, 'updateGroup', { groupId: group.id, name: 'Day shift' });
  expect(renamed.group).toMatchObject({ name: 'Day shift', description: 'On call.' });
  await managed(admin, 'createGroup', { name: 'Night shift' });
  const taken = await manage(admin, 'updateGroup', { groupId: group.id, name: 'Night shift' });
  expect(taken.code).toBe('GROUP_NAME_TAKEN');
  await managed(admin, 'deleteGroup', { groupId: group.id });
  const trail = await admin.send(
    `query ($id: String!) { auditEvents(filter: { subjectId: $id }) { edges { node { name } } } }`,
    { id: group.id },
  );
  const names = trail.data?.['auditEvents'].edges.map(({ node }: { node: { name: string } }) => node.name);
  expect(names).toEqual(['group.deleted', 'group.updated', 'group.created']);
});

test.each(['', '   ', '\u200b', 'a\nb', 'Adm\u202ein', 'x'.repeat(101)])(
  'the name %j is refused',
  async (name) => {
    const groupId = await newGroup(admin);
    expect((await manage(admin, 'createGroup', { name })).code).toBe('INVALID_INPUT');
    expect((await manage(admin, 'updateGroup', { groupId, name })).code).toBe('INVALID_INPUT');
  },
);

test('a group that is deleted leaves its members nothing, at once', async () => {
  const { client, id } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const groupId = await newGroup(admin, { members: [id], roles: [role] });
  expect((await client.send('{ users { edges { cursor } } }')).errors).toEqual([]);
  await managed(admin, 'deleteGroup', { groupId });
  expect((await client.send('{ users { edges { cursor } } }')).code).toBe('FORBIDDEN');
  expect((await client.send('{ viewer { user { groups { id } } } }')).data?.['viewer'].user.groups).toEqual(
    [],
  );
  for (const [mutation, input] of [
    ['deleteGroup', { groupId }],
    ['updateGroup', { groupId, name: 'x' }],
    ['addGroupMember', { groupId, userId: id }],
    ['assignRole', { groupId, role }],
    ['revokeRole', { groupId, role }],
  ] as const) {
    expect((await manage(admin, mutation, input)).code).toBe('GROUP_NOT_FOUND');
  }
});

test.each(['createGroup', 'updateGroup', 'deleteGroup', 'addGroupMember', 'removeGroupMember'] as const)(
  '%s is for groups:manage only',
  async (mutation) => {
    const { client, id } = await newPerson(app);
    const groupId = await newGroup(admin);
    const input = {
      createGroup: { name: 'x' },
      updateGroup: { groupId, name: 'x' },
      deleteGroup: { groupId },
      addGroupMember: { groupId, userId: id },
      removeGroupMember: { groupId, userId: id },
    }[mutation];
    const other = await newDelegate(app, admin, ['groups:read', 'roles:manage', 'users:modify']);
    expect((await manage(app.client(), mutation, input)).code).toBe('UNAUTHENTICATED');
    expect((await manage(client, mutation, input)).code).toBe('FORBIDDEN');
    expect((await manage(other.client, mutation, input)).code).toBe('FORBIDDEN');
  },
);

test('somebody is put in once and taken out once, by thirty at once too', async () => {
  const { id: userId } = await newPerson(app);
  const groupId = await newGroup(admin);
  const input = { groupId, userId };
  const thirty = async (mutation: 'addGroupMember' | 'removeGroupMember') => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => manage(admin, mutation, input)));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  };
  await thirty('addGroupMember');
  await thirty('removeGroupMember');
  const trail = await admin.send(
    `query ($id: String!) { auditEvents(filter: { subjectId: $id }) { edges { node { name } } } }`,
    { id: groupId },
  );
  const names = trail.data?.['auditEvents'].edges.map(({ node }: { node: { name: string } }) => node.name);
  expect(names).toEqual(['group_member.removed', 'group_member.added', 'group.created']);
});

test('who is not there, or has gone, is put into no group', async () => {
  const { id } = await newPerson(app);
  const groupId = await newGroup(admin);
  expect((await manage(admin, 'addGroupMember', { groupId, userId: NOBODY })).code).toBe('USER_NOT_FOUND');
  await changed(admin, 'deleteUser', { userId: id });
  expect((await manage(admin, 'addGroupMember', { groupId, userId: id })).code).toBe('USER_DELETED');
});

test('what a group gives counts from the next request on, on open sockets too, and no longer than that', async () => {
  const { client, id: userId } = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const groupId = await newGroup(admin, { roles: [role] });
  const socket = client.socket();
  const codes = async () => {
    const query = '{ users(first: 1) { edges { cursor } } }';
    for await (const answer of socket.iterate({ query })) {
      return [(await client.send(query)).code, answer.errors?.[0]?.extensions?.['code']];
    }
    return [];
  };
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  await managed(admin, 'addGroupMember', { groupId, userId });
  expect(await codes()).toEqual([undefined, undefined]);
  await managed(admin, 'revokeRole', { groupId, role });
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  await managed(admin, 'assignRole', { groupId, role });
  expect(await codes()).toEqual([undefined, undefined]);
  await managed(admin, 'removeGroupMember', { groupId, userId });
  expect(await codes()).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  await socket.dispose();
});
