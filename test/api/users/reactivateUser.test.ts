import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { change, changed, newDelegate, pendingOf } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('a deactivated account is open again, and nothing of what it held is', async () => {
  const person = await newPerson(app);
  await changed(admin, 'deactivateUser', { userId: person.id });
  expect(await changed(admin, 'reactivateUser', { userId: person.id })).toMatchObject({ status: 'ACTIVE' });
  expect((await person.client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect((await person.client.refresh()).code).toBe('SESSION_EXPIRED');
  const alive = await sql(app, 'select 1 from sessions where user_id = ? and revoked_at is null', [
    person.id,
  ]);
  expect([alive.length, await pendingOf(app, person.id)]).toEqual([0, 0]);
  expect((await app.client().login({ email: person.email, password: PASSWORD })).errors).toEqual([]);
});

test('a deleted account comes back under the names it had, with its password', async () => {
  const person = await newPerson(app);
  const before = await changed(admin, 'updateUser', {
    userId: person.id,
    username: 'back-again',
    emailVerified: true,
    metadata: { kept: true },
  });
  await changed(admin, 'deleteUser', { userId: person.id });
  const restored = await changed(admin, 'reactivateUser', { userId: person.id.toUpperCase() });
  expect(restored).toEqual({ ...before, updatedAt: restored['updatedAt'] });
  expect((await app.client().login({ email: person.email, password: PASSWORD })).errors).toEqual([]);
});

test('it does not come back over somebody who has its address or its username by now', async () => {
  const email = newAddress();
  const first = await changed(admin, 'createUser', { email, username: 'sought-after' });
  await changed(admin, 'deleteUser', { userId: first.id });
  const second = await changed(admin, 'createUser', { email });
  const refused = await change(admin, 'reactivateUser', { userId: first.id });
  expect([refused.status, refused.code]).toEqual([409, 'EMAIL_TAKEN']);
  await changed(admin, 'updateUser', { userId: second.id, email: newAddress(), username: 'sought-after' });
  expect((await change(admin, 'reactivateUser', { userId: first.id })).code).toBe('USERNAME_TAKEN');
  await changed(admin, 'updateUser', { userId: second.id, username: null });
  expect(await changed(admin, 'reactivateUser', { userId: first.id })).toMatchObject({
    email,
    username: 'sought-after',
    status: 'ACTIVE',
  });
});

test('of a restoration and a sign-up for the same address at the same moment one wins', async () => {
  for (let round = 0; round < 10; round += 1) {
    const email = newAddress();
    const { id } = await changed(admin, 'createUser', { email });
    await changed(admin, 'deleteUser', { userId: id });
    await Promise.all([
      change(admin, 'reactivateUser', { userId: id }),
      change(admin, 'createUser', { email }),
      app.client().signUp({ email, password: PASSWORD }),
    ]);
    expect(await sql(app, 'select 1 from users where email = ?', [email])).toHaveLength(1);
  }
});

test('an open account stays as it is', async () => {
  const { id, client } = await newPerson(app);
  await changed(admin, 'reactivateUser', { userId: id });
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  const events = await sql(
    app,
    `select 1 from audit_events where user_id = ? and name = 'user.reactivated'`,
    [id],
  );
  expect(events).toEqual([]);
});

test('nobody is opened who does not exist, nor by whom may not', async () => {
  const userId = '01890000-0000-7000-8000-000000000000';
  expect((await change(admin, 'reactivateUser', { userId })).code).toBe('USER_NOT_FOUND');
  const { id, client } = await newPerson(app);
  const other = await newDelegate(app, admin, ['users:read', 'users:list', 'users:create', 'users:modify']);
  expect((await change(app.client(), 'reactivateUser', { userId: id })).code).toBe('UNAUTHENTICATED');
  expect((await change(client, 'reactivateUser', { userId: id })).code).toBe('FORBIDDEN');
  expect((await change(other.client, 'reactivateUser', { userId: id })).code).toBe('FORBIDDEN');
});
