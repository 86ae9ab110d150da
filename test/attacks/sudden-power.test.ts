// Somebody gets power while a session of theirs is open that the policy would not open now.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { changed, newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { testConfig } from '../support/config.js';
import { generousLimits } from '../support/email-flows.js';
import { managed, newGroup } from '../support/groups.js';
import { isAlive } from '../support/lineage.js';
import { firstStep, newGuarded, signInGuarded } from '../support/second-step.js';

const GRACE_SECONDS = 3600;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  const { mfa } = testConfig({});
  const required = { ...mfa, requiredRoles: ['auditor'], enrolmentGraceSeconds: GRACE_SECONDS };
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, mfa: required } });
  const role = await newRole(app, ['audit:read', 'users:list']);
  await sql(app, "update roles set name = 'auditor' where name = ?", [role]);
});
afterAll(async () => await app.close());
beforeEach(async () => {
  admin = await app.adminClient();
});

const users = '{ users(first: 3) { edges { node { id } } } }';

test('a session opened on the trust in a device ends when its user gets power', async () => {
  const person = await newGuarded(app, clock);
  await signInGuarded(person, { trustDevice: true });
  const { data } = await firstStep(person.browser, person);
  person.browser.accessToken = data?.['login'].tokens.accessToken;
  expect(await isAlive(person.browser)).toBe(true);
  const proved = await newGuarded(app, clock);
  admin = await app.adminClient();
  const role = await newRole(app, ['users:list']);
  for (const { id: userId } of [person, proved]) await changed(admin, 'assignRole', { userId, role });
  expect((await person.browser.send(users)).code).toBe('SESSION_EXPIRED');
  // That of somebody who has proved their second factor goes on.
  expect((await proved.client.send(users)).errors).toEqual([]);
});

test.each([
  ['is put into a group with power', 'member'],
  ['is in a group that gets power', 'group'],
  ['holds a role that comes to allow something', 'role'],
  ['is in a group whose role comes to allow something', 'group role'],
] as const)('a session opened on the trust in a device ends when its user %s', async (_how, way) => {
  const [person, proved] = [await newGuarded(app, clock), await newGuarded(app, clock)];
  const userIds = [person.id, proved.id];
  await signInGuarded(person, { trustDevice: true });
  admin = await app.adminClient();
  const role = await newRole(app, way.endsWith('role') ? [] : ['users:list']);
  const groupId = await newGroup(admin, {
    members: way.startsWith('group') ? userIds : [],
    roles: way === 'member' || way === 'group role' ? [role] : [],
  });
  if (way === 'role') for (const userId of userIds) await managed(admin, 'assignRole', { userId, role });
  const { data } = await firstStep(person.browser, person);
  person.browser.accessToken = data?.['login'].tokens.accessToken;
  expect(await isAlive(person.browser)).toBe(true);
  if (way === 'member') {
    for (const userId of userIds) await managed(admin, 'addGroupMember', { groupId, userId });
  } else if (way === 'group') await managed(admin, 'assignRole', { groupId, role });
  else await managed(admin, 'updateRole', { role, permissions: ['users:list'] });
  expect((await person.browser.send(users)).code).toBe('SESSION_EXPIRED');
  expect((await proved.client.send(users)).errors).toEqual([]);
});

test.each(['member', 'group', 'name'] as const)(
  'a role that asks for a second factor asks for it of those who have it by a group, or by its new name: %s',
  async (way) => {
    const [person, other] = [await newPerson(app), await newPerson(app)];
    const members = [person.id, other.id];
    const role = way === 'name' ? await newRole(app, ['users:list']) : 'auditor';
    const groupId = await newGroup(admin, {
      members: way === 'member' ? [] : members,
      roles: way === 'group' ? [] : [role],
    });
    expect(await isAlive(person.client)).toBe(true);
    if (way === 'member') {
      for (const userId of members) await managed(admin, 'addGroupMember', { groupId, userId });
    } else if (way === 'group') await managed(admin, 'assignRole', { groupId, role });
    else {
      await sql(app, "update roles set name = 'retired' where name = 'auditor'");
      await managed(admin, 'updateRole', { role, newName: 'auditor' });
    }
    expect(await isAlive(person.client)).toBe(true);
    clock.advance(GRACE_SECONDS);
    for (const { client } of [person, other]) expect(await isAlive(client)).toBe(false);
    const again = await firstStep(app.client(), person);
    expect(again.data?.['login'].__typename).toBe('SecondFactorEnrolmentRequired');
  },
);

test('a session goes on on trust when a role gives no power', async () => {
  const person = await newGuarded(app, clock);
  await signInGuarded(person, { trustDevice: true });
  const { data } = await firstStep(person.browser, person);
  person.browser.accessToken = data?.['login'].tokens.accessToken;
  admin = await app.adminClient();
  await changed(admin, 'assignRole', { userId: person.id, role: await newRole(app, []) });
  expect(await isAlive(person.browser)).toBe(true);
});

test('a session without a second factor ends with the grace when its user gets a role that asks for one', async () => {
  const person = await newPerson(app);
  await changed(admin, 'assignRole', { userId: person.id, role: 'auditor' });
  expect(await isAlive(person.client)).toBe(true);
  clock.advance(GRACE_SECONDS);
  expect(await isAlive(person.client)).toBe(false);
  expect((await person.client.refresh()).code).toBe('SESSION_EXPIRED');
  const again = await firstStep(app.client(), person);
  expect(again.data?.['login'].__typename).toBe('SecondFactorEnrolmentRequired');
});

test('a grace that is over is not given again with the same role', async () => {
  const person = await newPerson(app);
  await changed(admin, 'assignRole', { userId: person.id, role: 'auditor' });
  await changed(admin, 'revokeRole', { userId: person.id, role: 'auditor' });
  clock.advance(GRACE_SECONDS + 60);
  const again = app.client();
  const { data } = await firstStep(again, person);
  again.accessToken = data?.['login'].tokens.accessToken;
  expect(await isAlive(again)).toBe(true);
  admin = await app.adminClient();
  await changed(admin, 'assignRole', { userId: person.id, role: 'auditor' });
  expect(await isAlive(again)).toBe(false);
});
