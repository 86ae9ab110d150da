import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { manage, managed, newGroup, newRoleName } from '../support/groups.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';

let app: TestApp;
let admin: Client;
const clock = new FakeClock();
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

const mayList = async ({ client }: { client: Client }) =>
  (await client.send('{ users(first: 1) { totalCount } }')).code === undefined;
const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000).toISOString();

async function uproot(thief: Client): Promise<string[]> {
  const answer = await revokeEverythingFrom(admin, sessionOf(thief));
  expect(answer.errors).toEqual([]);
  const { revoked, kept } = answer.data?.['revokeEverythingFrom'] ?? {};
  expect(kept).toEqual([]);
  return revoked.map(({ kind }: { kind: string }) => kind);
}

async function termOf(userId: string): Promise<string[]> {
  const rows = await sql(
    app,
    'select extract(epoch from expires_at)::float8 * 1000 as at from role_assignments where holder_id = ?',
    [userId],
  );
  return rows.map(({ at }) => (at === null ? 'for good' : new Date(Number(at)).toISOString()));
}

test('what an intruder has made a role allow goes with them, from all who hold it', async () => {
  const mole = await newPerson(app);
  const role = await newRole(app, []);
  await managed(admin, 'assignRole', { userId: mole.id, role });
  const thief = await app.adminClient();
  await managed(thief, 'updateRole', { role, permissions: ['*'] });
  expect(await mayList(mole)).toBe(true);
  expect(await uproot(thief)).toEqual(['role_width']);
  expect(await mayList(mole)).toBe(false);
});

test('only what the intruder added is taken out of it: what others made it allow stays', async () => {
  const mole = await newPerson(app);
  const role = await newRole(app, ['users:read']);
  await managed(admin, 'assignRole', { userId: mole.id, role });
  const thief = await app.adminClient();
  await managed(thief, 'updateRole', { role, permissions: ['users:read', 'users:list', 'users:erase'] });
  // An admin takes one of them out, and puts it in again: it is the admin's from then on.
  await managed(admin, 'updateRole', { role, permissions: ['users:read', 'users:erase'] });
  await managed(admin, 'updateRole', { role, permissions: ['users:read', 'users:erase', 'users:list'] });
  expect(await uproot(thief)).toEqual(['role_width']);
  const [row] = await sql(app, 'select permissions from roles where name = ?', [role]);
  expect(row?.['permissions']).toEqual(['users:read', 'users:list']);
});

test('a role that an intruder shortens and lengthens again stays what it was, and goes with nobody', async () => {
  const good = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await managed(admin, 'assignRole', { userId: good.id, role });
  const thief = await app.adminClient();
  await managed(thief, 'assignRole', { userId: good.id, role, expiresAt: inSeconds(600) });
  await managed(thief, 'assignRole', { userId: good.id, role });
  expect(await uproot(thief)).toEqual([]);
  expect(await termOf(good.id)).toEqual(['for good']);
});

test('a role that an intruder made last longer ends again when it did before', async () => {
  const good = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const end = inSeconds(600);
  await managed(admin, 'assignRole', { userId: good.id, role, expiresAt: end });
  const thief = await app.adminClient();
  await managed(thief, 'assignRole', { userId: good.id, role, expiresAt: inSeconds(900) });
  await managed(thief, 'assignRole', { userId: good.id, role });
  expect(await uproot(thief)).toEqual(['role_extension']);
  expect(await termOf(good.id)).toEqual([end]);
  expect(await mayList(good)).toBe(true);
});

test('it goes at once when it would be over by then', async () => {
  const good = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  await managed(admin, 'assignRole', { userId: good.id, role, expiresAt: inSeconds(60) });
  const thief = await app.adminClient();
  await managed(thief, 'assignRole', { userId: good.id, role });
  clock.advance(61);
  expect(await mayList(good)).toBe(true);
  expect(await uproot(thief)).toEqual(['role_extension']);
  expect(await termOf(good.id)).toEqual([]);
  expect(await mayList(good)).toBe(false);
});

test('who gave a role answers for it, whoever makes it last longer', async () => {
  const mole = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const thief = await app.adminClient();
  await managed(thief, 'assignRole', { userId: mole.id, role, expiresAt: inSeconds(60) });
  await managed(admin, 'assignRole', { userId: mole.id, role });
  expect(await uproot(thief)).toEqual(['role']);
  expect(await termOf(mole.id)).toEqual([]);
});

test('what an intruder lengthened is theirs still when somebody cuts a part of it', async () => {
  const good = await newPerson(app);
  const role = await newRole(app, ['users:list']);
  const end = inSeconds(600);
  await managed(admin, 'assignRole', { userId: good.id, role, expiresAt: end });
  const thief = await app.adminClient();
  await managed(thief, 'assignRole', { userId: good.id, role });
  await managed(admin, 'assignRole', { userId: good.id, role, expiresAt: inSeconds(1200) });
  expect(await uproot(thief)).toEqual(['role_extension']);
  expect(await termOf(good.id)).toEqual([end]);
});

test('nobody deletes, narrows or renames a role that somebody holds who may do more', async () => {
  const [direct, member] = [await newPerson(app), await newPerson(app)];
  const [own, ofGroup, big] = [
    await newRole(app, ['users:list']),
    await newRole(app, ['users:list']),
    await newRole(app, ['users:erase']),
  ];
  await managed(admin, 'assignRole', { userId: direct.id, role: own });
  await newGroup(admin, { members: [member.id], roles: [ofGroup] });
  const { client } = await newDelegate(app, admin, ['roles:manage', 'users:list']);
  for (const { id } of [direct, member]) await managed(admin, 'assignRole', { userId: id, role: big });
  for (const role of [own, ofGroup]) {
    const refusals = [
      await manage(client, 'updateRole', { role, permissions: [] }),
      await manage(client, 'updateRole', { role, newName: newRoleName() }),
      await manage(client, 'deleteRole', { role }),
    ];
    expect(refusals.map(({ code }) => code)).toEqual(Array(3).fill('USER_TOO_POWERFUL'));
  }
  expect(await mayList(direct)).toBe(true);
  // Words burden nobody, and whoever may do no more is managed as before.
  await managed(client, 'updateRole', { role: own, description: 'another' });
  for (const { id } of [direct, member]) await managed(admin, 'revokeRole', { userId: id, role: big });
  await managed(client, 'updateRole', { role: own, permissions: [] });
  await managed(client, 'deleteRole', { role: ofGroup });
});
