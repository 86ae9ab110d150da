// CVE-2026-94000 and its kind: somebody who may manage users makes themself an admin by way of one.
import { getNamedType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { newAddress, newPerson, newService, PASSWORD, sql } from '../support/accounts.js';
import { changed, newDelegate, newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { managed, newGroup } from '../support/groups.js';

const schema = schemaOfAllFeatures();

/** Every mutation that names somebody's account. */
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap(({ name, args }) => {
  const input = getNamedType(args[0]?.type);
  return isInputObjectType(input) && 'userId' in input.getFields() ? [{ name, type: input.name }] : [];
});

/** What is given besides the account: the worst that could be done with it. */
const inputs: Record<string, object> = {
  updateUser: { email: 'attacker@example.com', emailVerified: true },
  createApiKey: { name: 'nightly report', scopes: [] },
  setUserPassword: { newPassword: 'chosen by the attacker alone' },
  assignRole: { role: 'system_admin' },
  revokeRole: { role: 'system_admin' },
  eraseUser: { dryRun: false },
  requireSecondFactor: { required: true },
  disableSecondFactorForUser: { reason: 'They have lost their phone.' },
};

/** These give something; what they refuse is to give it. */
const GIVING = new Set(['assignRole', 'addGroupMember']);

let app: TestApp;
let admin: Client;
/** Groups of admins, and of nobody yet who may do nothing. */
const groups = { admins: '', nobody: '' };
/** Two delegates who may do everything but one thing: a person, and a machine. */
let delegates: { name: string; send: (query: string, variables: object) => Promise<Answer> }[];
/** Admins in every state. */
const targets: { name: string; id: string }[] = [];
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  const almost = [...app.services.registry].filter((each) => each !== 'signing_keys:rotate');
  const person = await newDelegate(app, admin, almost);
  const machine = await newService(admin, { roles: [await newRole(app, almost)] });
  delegates = [
    { name: 'a person', send: (query, variables) => person.client.send(query, variables) },
    {
      name: 'a machine',
      send: (query, variables) => app.client().send(query, variables, { authorization: machine.basic }),
    },
  ];
  groups.admins = await newGroup(admin, { roles: ['system_admin'] });
  groups.nobody = await newGroup(admin);
  for (const mutation of ['addGroupMember', 'removeGroupMember'])
    inputs[mutation] = { groupId: groups.admins };
  for (const [name, mutation] of [
    ['open', null],
    ['closed', 'deactivateUser'],
    ['deleted', 'deleteUser'],
  ] as const) {
    const { id, email } = await newPerson(app);
    await changed(admin, 'assignRole', { userId: id, role: 'system_admin' });
    await managed(admin, 'addGroupMember', { groupId: groups.admins, userId: id });
    await app.client().login({ email, password: 'wrong wrong wrong' });
    if (mutation) await changed(admin, mutation, { userId: id });
    targets.push({ name, id });
  }
  // The notices of what was done here are no trace of what is tried below.
  await app.services.mails.idle();
});
afterAll(async () => await app.close());

/** Everything by which the account could be taken, or be lost to its owner. */
async function stateOf(userId: string) {
  const rows = async (text: string) => await sql(app, text, [userId]);
  return {
    user: await rows('select * from users where id = ?'),
    password: await rows('select * from passwords where user_id = ?'),
    roles: await rows('select * from role_assignments where holder_id = ? order by id'),
    groups: await rows('select * from group_members where user_id = ? order by id'),
    sessions: await rows('select id, revoked_at from sessions where user_id = ? order by id'),
    challenges: await rows('select * from challenges where subject = ? order by id'),
    counters: await rows(`select * from failure_counters where account = 'user:' || ? order by key`),
    mails: await rows('select * from outgoing_mails where user_id = ? order by id'),
  };
}

test('there are mutations to try, those of the admins among them', () => {
  const names = mutations.map(({ name }) => name);
  for (const name of [
    'updateUser',
    'deactivateUser',
    'reactivateUser',
    'deleteUser',
    'unlockUser',
    'revokeRole',
  ]) {
    expect(names).toContain(name);
  }
});

describe.each(mutations)('$name', ({ name, type }) => {
  test('does nothing to an admin, open, closed or deleted, by whoever may do everything but one thing', async () => {
    const codes: (string | undefined)[] = [];
    for (const target of targets) {
      const before = await stateOf(target.id);
      for (const delegate of delegates) {
        const { code } = await delegate.send(
          `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`,
          { input: { userId: target.id, ...inputs[name] } },
        );
        codes.push(code);
        expect(await stateOf(target.id), `${target.name}, ${delegate.name}`).toEqual(before);
      }
    }
    // Not because something was wrong with the question: at least one was refused for whom it was about.
    expect(codes).toContain(GIVING.has(name) ? 'ROLE_TOO_WIDE' : 'USER_TOO_POWERFUL');
  });

  test('is theirs to do to somebody who may do less', async () => {
    const [delegate] = delegates;
    const person = await newPerson(app);
    const role = await newRole(app, ['users:list']);
    await changed(admin, 'assignRole', { userId: person.id, role });
    const given = inputs[name] ?? {};
    const lesser = {
      ...('role' in given ? { role } : {}),
      ...('groupId' in given ? { groupId: groups.nobody } : {}),
    };
    const input = { userId: person.id, ...given, ...lesser };
    const answer = await delegate?.send(
      `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`,
      {
        input: name === 'updateUser' ? { ...input, email: newAddress() } : input,
      },
    );
    // Who has no second factor of their own takes none away, whoever they manage.
    const refusal = name === 'disableSecondFactorForUser' ? 'FACTOR_REMOVAL_NEEDS_FACTOR' : undefined;
    expect(answer?.code).toBe(refusal);
  });
});

test('an admin still signs in with the password they had', async () => {
  const open = targets.find(({ name }) => name === 'open');
  const [row] = await sql(app, 'select email from users where id = ?', [open?.id]);
  const email = String(row?.['email']);
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
});
