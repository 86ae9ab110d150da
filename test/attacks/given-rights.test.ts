// Whoever gives rights: past the rules about giving, for longer than they have them, or to burden who may do more.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, type Person, sql } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { type RuleModules, decided, ruleModules } from '../support/access.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { manage, managed, newGroup, newRoleName } from '../support/groups.js';
import { createServiceAccount } from '../support/service-accounts.js';

const REQUIRED = 'second-factor-needed';

const clock = new FakeClock();
let modules: RuleModules;
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  modules = await ruleModules('givenRights');
  const rulesModule = await modules.write(`export default [{
    name: 'office-network',
    description: 'roles are changed from the office',
    applies: ({ permissions }) => permissions.includes('roles:manage'),
    judge: () => globalThis.givenRights.judge() === true,
  }];`);
  const mfa = { requiredRoles: [REQUIRED], enrolmentGraceSeconds: 0 };
  app = await startTestApp({
    clock,
    config: {
      rateLimits: generousLimits,
      access: { permissionsFile: null, rulesModule },
      tokens: { accessTtlSeconds: 86_400 },
      mfa,
    },
  });
  admin = await app.adminClient();
});
afterAll(async () => {
  await app.close();
  await modules.remove();
});

const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000).toISOString();

async function createUser(client: Client, roles?: readonly string[]): Promise<Answer> {
  return await client.send(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { email: newAddress(), roles } },
  );
}

/** Somebody who holds the role for another minute, and another one of these permissions for good. */
async function holderForAMinute(role: string, forGood: readonly string[] = []): Promise<Person> {
  const person = await newDelegate(app, admin, forGood);
  await managed(admin, 'assignRole', { userId: person.id, role, expiresAt: inSeconds(60) });
  return person;
}

const holdings = async () => ({
  assignments: await sql(app, 'select * from role_assignments order by id'),
  members: await sql(app, 'select * from group_members order by id'),
  accounts: await sql(app, 'select (select count(*) from users), (select count(*) from service_accounts)'),
});

describe('every way to give a role', () => {
  test('asks the operators’ rules about roles:manage', async () => {
    const { id: userId } = await newPerson(app);
    const role = await newRole(app, []);
    const groupId = await newGroup(admin);
    const before = await holdings();
    modules.answer(() => false);
    try {
      const answers = [
        await manage(admin, 'assignRole', { userId, role }),
        await manage(admin, 'assignRole', { groupId, role }),
        await createUser(admin, [role]),
        await createServiceAccount(admin, { roles: [role] }),
        await createServiceAccount(admin),
      ];
      expect(answers.map(({ code }) => code)).toEqual(Array(5).fill('FORBIDDEN'));
    } finally {
      modules.answer(() => true);
    }
    expect(await holdings()).toEqual(before);
  });

  test('takes roles:manage, of who creates users or machines as well', async () => {
    const role = await newRole(app, []);
    const { client } = await newDelegate(app, admin, ['users:create', 'service_accounts:create']);
    const before = await holdings();
    const answers = [
      await createUser(client, [role]),
      await createServiceAccount(client, { roles: [role] }),
      await createServiceAccount(client),
    ];
    expect(answers.map(({ code }) => code)).toEqual(Array(3).fill('FORBIDDEN'));
    expect(await holdings()).toEqual(before);
    expect((await createUser(client)).errors).toEqual([]);
    expect((await createServiceAccount(client, { roles: [] })).errors).toEqual([]);
    expect(await decided(client, 'createServiceAccount')).toMatchObject({
      allowed: false,
      missing: { permission: 'roles:manage' },
    });
  });
});

describe('who holds a role until some day', () => {
  const GIVES = ['roles:manage', 'groups:manage', 'groups:read', 'users:create', 'service_accounts:create'];

  test('makes it last no longer: for themself, for others, in a group or in a machine', async () => {
    const role = await newRole(app, ['users:erase']);
    const { client, id } = await holderForAMinute(role, GIVES);
    const puppet = await newPerson(app);
    const [group, empty] = [await newGroup(admin, { roles: [role] }), await newGroup(admin)];
    const before = await holdings();
    const tried = [
      ['assignRole', { userId: id, role }],
      ['assignRole', { userId: id, role, expiresAt: inSeconds(61) }],
      ['assignRole', { userId: puppet.id, role }],
      ['assignRole', { groupId: empty, role }],
      ['addGroupMember', { groupId: group, userId: puppet.id }],
      ['addGroupMember', { groupId: group, userId: id }],
    ] as const;
    for (const [mutation, input] of tried) {
      expect((await manage(client, mutation, input)).code, mutation).toBe('ROLE_TOO_WIDE');
    }
    expect((await createUser(client, [role])).code).toBe('ROLE_TOO_WIDE');
    expect((await createServiceAccount(client, { roles: [role] })).code).toBe('ROLE_TOO_WIDE');
    expect(await holdings()).toEqual(before);
  });

  test('widens no role by it, which others have for good', async () => {
    const wide = await newRole(app, ['users:erase']);
    const { client, id } = await holderForAMinute(wide, GIVES);
    const role = await newRole(app, []);
    await managed(client, 'assignRole', { userId: id, role });
    const changes = { role, permissions: ['users:erase'] };
    expect((await manage(client, 'updateRole', changes)).code).toBe('ROLE_TOO_WIDE');
    expect((await manage(admin, 'updateRole', changes)).code).toBeUndefined();
  });

  test('passes it on until that day, into a group that has it until then too', async () => {
    const role = await newRole(app, ['users:erase']);
    const { client } = await holderForAMinute(role, GIVES);
    const puppet = await newPerson(app);
    const groupId = await newGroup(admin);
    await managed(client, 'assignRole', { userId: puppet.id, role, expiresAt: inSeconds(59) });
    await managed(client, 'assignRole', { groupId, role, expiresAt: inSeconds(59) });
    await managed(client, 'addGroupMember', { groupId, userId: puppet.id });
  });

  test('passes on for good what they have by another role for good', async () => {
    const role = await newRole(app, ['users:list']);
    const { client } = await holderForAMinute(role, [...GIVES, 'users:list']);
    const { id: userId } = await newPerson(app);
    await managed(client, 'assignRole', { userId, role });
  });
});

describe('who may do more', () => {
  test('is given nothing by who may do less: no role that shuts them out, and no place in a group', async () => {
    const { client } = await newDelegate(app, admin, ['roles:manage', 'groups:manage', 'groups:read']);
    const strong = await newDelegate(app, admin, ['users:list', 'users:erase']);
    await managed(client, 'createRole', { name: REQUIRED, permissions: [] });
    const harmless = await newRole(app, []);
    const { group } = await managed(client, 'createGroup', { name: newRoleName() });
    const theirs = await newGroup(admin, { members: [strong.id] });
    const before = await holdings();
    for (const userId of [strong.id, admin.userId]) {
      const tried = [
        ['assignRole', { userId, role: REQUIRED }],
        ['assignRole', { userId, role: harmless }],
        ['addGroupMember', { groupId: group.id, userId }],
      ] as const;
      for (const [mutation, input] of tried) {
        expect((await manage(client, mutation, input)).code, mutation).toBe('USER_TOO_POWERFUL');
      }
    }
    expect((await manage(client, 'assignRole', { groupId: theirs, role: REQUIRED })).code).toBe(
      'USER_TOO_POWERFUL',
    );
    expect(await holdings()).toEqual(before);
    expect((await strong.client.send('{ users(first: 1) { totalCount } }')).errors).toEqual([]);
  });

  test('gives to themself what they hold', async () => {
    const { client, id: userId } = await newDelegate(app, admin, ['roles:manage', 'groups:manage']);
    const { group } = await managed(client, 'createGroup', { name: newRoleName() });
    await managed(client, 'assignRole', { userId, role: await newRole(app, ['roles:manage']) });
    await managed(client, 'addGroupMember', { groupId: group.id, userId });
  });
});

describe('what the giver is shown of whom they give to', () => {
  const ANSWERS = {
    assignRole: 'AssignRoleInput',
    revokeRole: 'RevokeRoleInput',
    addGroupMember: 'AddGroupMemberInput',
    removeGroupMember: 'RemoveGroupMemberInput',
  } as const;
  const shown = async (client: Client, mutation: keyof typeof ANSWERS, input: object) => {
    const text = `mutation ($input: ${ANSWERS[mutation]}!) { ${mutation}(input: $input) { user { email status } } }`;
    const { data, errors } = await client.send(text, { input });
    expect(errors).toEqual([]);
    return data?.[mutation].user;
  };

  test('is nobody, where they may not see users; themself; and the user, where they may', async () => {
    const { id: userId, email } = await newPerson(app);
    const role = await newRole(app, []);
    const blind = await newDelegate(app, admin, ['roles:manage', 'groups:manage']);
    const { group } = await managed(blind.client, 'createGroup', { name: newRoleName() });
    const about = [
      ['assignRole', { role }],
      ['revokeRole', { role }],
      ['addGroupMember', { groupId: group.id }],
      ['removeGroupMember', { groupId: group.id }],
    ] as const;
    for (const [mutation, input] of about) {
      expect(await shown(blind.client, mutation, { ...input, userId }), mutation).toBeNull();
      expect(await shown(blind.client, mutation, { ...input, userId: blind.id })).toMatchObject({
        email: blind.email,
      });
      expect(await shown(admin, mutation, { ...input, userId })).toMatchObject({ email });
    }
  });
});
