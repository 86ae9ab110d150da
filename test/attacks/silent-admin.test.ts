import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson } from '../support/accounts.js';
import { change, changed, newDelegate } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { lastMailTo, mailsTo } from '../support/mails.js';

// An admin, or whoever has the session of one, does nothing to an account behind the back of its owner.

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

test('the address that an account had is told of the one that an admin gave it, and of no more than its place', async () => {
  const { id, email } = await newPerson(app);
  const next = newAddress();
  await changed(admin, 'updateUser', { userId: id, email: next, emailVerified: true });
  const { subject, text } = await lastMailTo(app, email);
  expect(subject).toContain('was changed');
  expect(text).toContain(`p•••${next.slice(next.indexOf('@'))}`);
  expect(text).not.toContain(next);
  expect(text).not.toContain('#token=');
});

test('an owner whose account is closed or deleted is told so once, where they had it', async () => {
  const { id, email } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  for (const mutation of ['deactivateUser', 'deactivateUser', 'deleteUser', 'deleteUser'] as const) {
    await change(admin, mutation, { userId: id });
  }
  const told = (await mailsTo(app, email)).slice(before);
  expect(told.map(({ subject }) => subject)).toEqual([
    expect.stringContaining('was deactivated'),
    expect.stringContaining('was deleted'),
  ]);
  expect(told[1]?.text).toContain('30 more days');
});

test('a change that is refused is told to nobody', async () => {
  const { id, email } = await newPerson(app);
  await changed(admin, 'assignRole', { userId: id, role: 'system_admin' });
  const { client } = await newDelegate(app, admin, ['users:modify', 'users:deactivate']);
  const before = (await mailsTo(app, email)).length;
  const answers = [
    await change(client, 'updateUser', { userId: id, email: newAddress() }),
    await change(client, 'deactivateUser', { userId: id }),
    await change(client, 'deleteUser', { userId: id }),
  ];
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['USER_TOO_POWERFUL']));
  expect(await mailsTo(app, email)).toHaveLength(before);
});

test.each([
  [{ emailVerified: true }],
  [{ passwordHash: '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy' }],
])('who may only create users imports none that is somebody’s at once: %o', async (facts) => {
  const lines = JSON.stringify({ email: newAddress(), ...facts });
  const result = async (permissions: string[]) => {
    const { client } = await newDelegate(app, admin, permissions);
    const { data, errors } = await client.send(
      'mutation ($input: ImportUsersInput!) { importUsers(input: $input) { lines { outcome fault } } }',
      { input: { jsonLines: lines } },
    );
    expect(errors).toEqual([]);
    return data?.['importUsers'].lines;
  };
  expect(await result(['users:create'])).toEqual([{ outcome: 'REFUSED', fault: 'PERMISSION_MISSING' }]);
  expect(await result(['users:create', 'users:modify'])).toEqual([{ outcome: 'CREATED', fault: null }]);
});
