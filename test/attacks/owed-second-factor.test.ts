import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { manage, managed, newGroup, newRoleName } from '../support/groups.js';
import { addTotp } from '../support/second-factors.js';

const FINANCE = newRoleName();
const permissions = ['roles:manage', 'groups:manage', 'users:list'];
const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  const mfa = { requiredRoles: [FINANCE], enrolmentGraceSeconds: 3600 };
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, mfa } });
  admin = await app.adminClient();
  await managed(admin, 'createRole', { name: FINANCE, permissions });
});
afterAll(() => app.close());

test('who owes a second factor to a role neither copies that role nor lays it down', async () => {
  const { id: userId, client } = await newPerson(app);
  await managed(admin, 'assignRole', { userId, role: FINANCE });
  const twin = newRoleName();
  await managed(admin, 'createRole', { name: twin, permissions });
  const groupId = await newGroup(admin, { roles: [twin] });
  const ways = [
    await manage(client, 'createRole', { name: newRoleName(), permissions }),
    await manage(client, 'updateRole', { role: FINANCE, newName: newRoleName() }),
    await manage(client, 'updateRole', { role: twin, description: 'mine' }),
    await manage(client, 'deleteRole', { role: FINANCE }),
    await manage(client, 'assignRole', { userId, role: twin }),
    await manage(client, 'addGroupMember', { groupId, userId }),
    await manage(client, 'revokeRole', { userId, role: FINANCE }),
  ];
  expect(ways.map(({ code }) => code)).toEqual(ways.map(() => 'SECOND_FACTOR_NOT_ENROLLED'));
  await addTotp(client, { time: clock, name: 'Phone' });
  await managed(client, 'createRole', { name: newRoleName(), permissions });
});

test('who has the role through a group does not leave it either', async () => {
  const { id: userId, client } = await newPerson(app);
  const groupId = await newGroup(admin, { roles: [FINANCE], members: [userId] });
  expect((await manage(client, 'removeGroupMember', { groupId, userId })).code).toBe(
    'SECOND_FACTOR_NOT_ENROLLED',
  );
  expect((await manage(client, 'deleteGroup', { groupId })).code).toBe('SECOND_FACTOR_NOT_ENROLLED');
});
