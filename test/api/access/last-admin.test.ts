import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { change, changed, newRole, type UserMutation } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { lastMailTo, tokenIn } from '../../support/mails.js';

// The race needs transactions side by side, as Postgres has them: run with DATABASE_URL it is one.
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({
    config: { rateLimits: { loginsPerMinute: 1e6, signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 } },
  });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const ROLE = 'system_admin';
const WAYS = ['deactivateUser', 'deleteUser', 'revokeRole'] as const;
type Way = (typeof WAYS)[number];

const inputOf = (way: UserMutation, userId: string) =>
  way === 'revokeRole' ? { userId, role: ROLE } : { userId };

async function activeAdmins(): Promise<string[]> {
  const rows = await sql(
    app,
    `select u.id from users u join role_assignments a on a.holder_id = u.id join roles r on r.id = a.role_id
     where r.name = ? and u.status = 'active'`,
    [ROLE],
  );
  return rows.map(({ id }) => String(id));
}

/** Another admin, signed in. */
async function newAdmin(by: Client): Promise<Client> {
  const { client, id } = await newPerson(app);
  await changed(by, 'assignRole', { userId: id, role: ROLE });
  return client;
}

/** Whoever is an admin still, and can say so. */
async function survivor(...clients: Client[]): Promise<Client> {
  const [left] = await activeAdmins();
  const client = clients.find(({ userId }) => userId === left);
  if (!client) throw new Error('No admin is left.');
  return client;
}

describe.each(WAYS)('%s', (way) => {
  test('does not remove the last active admin, who is told so, and nothing of it happens', async () => {
    const answer = await change(admin, way, inputOf(way, admin.userId ?? ''));
    expect([answer.status, answer.code, answer.data]).toEqual([409, 'LAST_ADMIN', null]);
    expect((await admin.send('{ viewer { roles user { status } } }')).data?.['viewer']).toEqual({
      roles: [ROLE],
      user: { status: 'ACTIVE' },
    });
  });

  test('counts neither closed accounts, nor machines, nor holders of other roles that allow everything', async () => {
    const closed = await newAdmin(admin);
    await changed(admin, 'deactivateUser', { userId: closed.userId });
    const gone = await newAdmin(admin);
    await changed(admin, 'deleteUser', { userId: gone.userId });
    const machine = await admin.send(
      `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }`,
      { input: { name: `machine ${way}`, roles: [ROLE] } },
    );
    expect(machine.errors).toEqual([]);
    const other = await newPerson(app);
    await changed(admin, 'assignRole', { userId: other.id, role: await newRole(app, ['*']) });
    expect((await change(admin, way, inputOf(way, admin.userId ?? ''))).code).toBe('LAST_ADMIN');
    // A closed admin may go: nobody is fewer for it.
    expect((await change(admin, way, inputOf(way, closed.userId ?? ''))).code).toBeUndefined();
  });

  test('counts nobody who was invited and has set no password yet', async () => {
    const email = newAddress();
    await changed(admin, 'createUser', { email, roles: [ROLE] });
    const answer = await change(admin, way, inputOf(way, admin.userId ?? ''));
    expect(answer.code).toBe('LAST_ADMIN');
    const token = tokenIn(await lastMailTo(app, email));
    const set = await app
      .client()
      .send('mutation ($input: ActivateAccountInput!) { activateAccount(input: $input) { __typename } }', {
        input: { token, newPassword: PASSWORD },
      });
    expect(set.errors).toEqual([]);
    const invited = app.client();
    await invited.login({ email, password: PASSWORD });
    // Now there are two, and the one who came may go again.
    await changed(invited, way, inputOf(way, invited.userId ?? ''));
    expect(await activeAdmins()).toEqual([admin.userId]);
  });

  test('removes one of two, also at their own wish', async () => {
    const second = await newAdmin(admin);
    await changed(second, way, inputOf(way, second.userId ?? ''));
    expect(await activeAdmins()).toEqual([admin.userId]);
  });
});

const PAIRS: readonly (readonly [Way, Way])[] = [
  ['deactivateUser', 'deactivateUser'],
  ['revokeRole', 'revokeRole'],
  ['deleteUser', 'revokeRole'],
  ['deactivateUser', 'revokeRole'],
];

test.each(PAIRS)(
  'two admins who remove each other by %s and %s at the same moment: one remains',
  async (...ways) => {
    for (let round = 0; round < 20; round += 1) {
      const second = await newAdmin(admin);
      const [first, other] = [admin, second];
      await Promise.all([
        change(first, ways[0], inputOf(ways[0], other.userId ?? '')),
        change(other, ways[1], inputOf(ways[1], first.userId ?? '')),
      ]);
      expect(await activeAdmins()).toHaveLength(1);
      admin = await survivor(first, other);
    }
  },
);

test('three admins who each lay down their role at the same moment: one keeps it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const all = [admin, await newAdmin(admin), await newAdmin(admin)];
    const answers = await Promise.all(
      all.map((client) => change(client, 'revokeRole', inputOf('revokeRole', client.userId ?? ''))),
    );
    expect(answers.map(({ code }) => code ?? 'gone').toSorted()).toEqual(['LAST_ADMIN', 'gone', 'gone']);
    expect(await activeAdmins()).toHaveLength(1);
    admin = await survivor(...all);
  }
});
