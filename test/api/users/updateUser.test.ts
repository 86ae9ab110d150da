import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  anotherDevice,
  auditNamesOf,
  newAddress,
  newPerson,
  newService,
  sql,
} from '../../support/accounts.js';
import { change, changed, newDelegate, pendingOf } from '../../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { requestVerification } from '../../support/email-flows.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const newUser = async (input: object = {}) =>
  await changed(admin, 'createUser', { email: newAddress(), username: null, ...input });

async function lastEvent(userId: string) {
  const answer = await admin.send(
    `query ($userId: UUID!) { auditEvents(first: 1, filter: { userId: $userId }) { edges { node {
      name payload personal } } } }`,
    { userId },
  );
  return answer.data?.['auditEvents'].edges[0].node;
}

test('every fact can be changed at once, each in the form in which it is stored', async () => {
  const { id } = await newUser();
  const user = await changed(admin, 'updateUser', {
    userId: id.toUpperCase(),
    username: 'Grace.H',
    displayName: ' Grace ',
    locale: 'en-us',
    pictureUrl: 'https://example.com/a b.png',
    metadata: { plan: 'gold', seats: [1, 2] },
    emailVerified: true,
  });
  expect(user).toMatchObject({
    username: 'grace.h',
    displayName: 'Grace',
    locale: 'en-US',
    pictureUrl: 'https://example.com/a%20b.png',
    metadata: { plan: 'gold', seats: [1, 2] },
    emailVerified: true,
  });
  const { name, payload, personal } = await lastEvent(id);
  const fields = ['username', 'displayName', 'locale', 'pictureUrl', 'metadata', 'emailVerified'];
  expect([name, payload]).toEqual(['user.updated', { fields }]);
  expect(personal).toMatchObject({ username: 'grace.h', formerUsername: null });
});

test('what is absent stays, null clears, and the same again is no change', async () => {
  const facts = { username: 'stays-put', displayName: 'Stays', locale: 'de' };
  const { id } = await newUser(facts);
  expect(await changed(admin, 'updateUser', { userId: id, displayName: null })).toMatchObject({
    ...facts,
    displayName: null,
  });
  const before = (await auditNamesOf(admin, id)).length;
  const again = await changed(admin, 'updateUser', {
    userId: id,
    ...facts,
    displayName: null,
    emailVerified: false,
  });
  const cleared = await changed(admin, 'updateUser', { userId: id, email: null, emailVerified: null });
  expect(cleared).toEqual(again);
  expect(await auditNamesOf(admin, id)).toHaveLength(before);
});

test('a new address is unproved unless the admin says otherwise, and every mailed secret before it is worthless', async () => {
  const person = await newPerson(app);
  await requestVerification(app.client(), person.email);
  expect(await pendingOf(app, person.id)).toBeGreaterThan(0);
  const email = newAddress();
  expect(await changed(admin, 'updateUser', { userId: person.id, email: email.toUpperCase() })).toMatchObject(
    {
      email,
      emailVerified: false,
    },
  );
  expect(await pendingOf(app, person.id)).toBe(0);
  const { name, payload, personal } = await lastEvent(person.id);
  expect([name, payload]).toEqual(['email.changed', { by: 'admin' }]);
  expect(personal).toMatchObject({ email, formerEmail: person.email });
  expect(JSON.stringify(payload)).not.toContain('@');
  const second = newAddress();
  const proved = { userId: person.id, email: second, emailVerified: true };
  expect(await changed(admin, 'updateUser', proved)).toMatchObject({ email: second, emailVerified: true });
});

test('a proof can be taken back', async () => {
  const { id } = await newUser();
  await changed(admin, 'updateUser', { userId: id, emailVerified: true });
  expect(await changed(admin, 'updateUser', { userId: id, emailVerified: false })).toMatchObject({
    emailVerified: false,
  });
});

test('what a session says of its user follows at once', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  await changed(admin, 'updateUser', { userId: person.id, displayName: 'New Name', emailVerified: true });
  for (const client of [person.client, phone]) {
    const { headers } = await client.fetch('/auth/validate');
    expect(decodeURIComponent(headers.get('x-auth-email') ?? '')).toBe(person.email);
  }
});

test.each([
  ['what is no address', { email: 'nobody' }, 'EMAIL_INVALID'],
  ['an address that somebody has', { email: ADMIN.email }, 'EMAIL_TAKEN'],
  ['what is no username', { username: 'x' }, 'USERNAME_INVALID'],
  ['a script for a picture', { pictureUrl: 'javascript:alert(1)' }, 'INVALID_INPUT'],
  ['too much metadata', { metadata: { big: 'x'.repeat(5_000) } }, 'INVALID_INPUT'],
  ['metadata with a name that is no text', { metadata: { 'a\u0000': 1 } }, 'INVALID_INPUT'],
  ['a display name that is no text', { displayName: 'a\u0000' }, 'INVALID_INPUT'],
])('%s is refused, and nothing is changed', async (_what, part, code) => {
  const user = await newUser();
  const answer = await change(admin, 'updateUser', { userId: user.id, locale: 'fr', ...part });
  expect(answer.code).toBe(code);
  const [row] = await sql(app, 'select email, locale from users where id = ?', [user.id]);
  expect(row).toEqual({ email: user.email, locale: null });
});

test('a username that somebody has is refused, by thirty at once too: one gets it', async () => {
  const users = await Promise.all(Array.from({ length: 30 }, () => newUser()));
  const answers = await Promise.all(
    users.map(({ id }) => change(admin, 'updateUser', { userId: id, username: 'the-only-one' })),
  );
  const codes = answers.map(({ code }) => code ?? 'changed').toSorted();
  expect(codes).toEqual([...Array.from({ length: 29 }, () => 'USERNAME_TAKEN'), 'changed']);
});

test('nobody is changed who does not exist, or is deleted', async () => {
  const unknown = { userId: '01890000-0000-7000-8000-000000000000', displayName: 'x' };
  expect((await change(admin, 'updateUser', unknown)).code).toBe('USER_NOT_FOUND');
  expect((await change(admin, 'updateUser', { ...unknown, userId: '1' })).code).toBe('BAD_USER_INPUT');
  const { id } = await newUser();
  await changed(admin, 'deleteUser', { userId: id });
  const answer = await change(admin, 'updateUser', { userId: id, email: newAddress() });
  expect([answer.status, answer.code]).toEqual([409, 'USER_DELETED']);
});

test('only users:modify may, and not even the user themself', async () => {
  const { client, id } = await newPerson(app);
  const input = { userId: id, emailVerified: true };
  const { basic } = await newService(admin);
  const reader = await newDelegate(app, admin, [
    'users:read',
    'users:list',
    'users:create',
    'users:deactivate',
  ]);
  expect((await change(app.client(), 'updateUser', input)).code).toBe('UNAUTHENTICATED');
  expect((await change(client, 'updateUser', input)).code).toBe('FORBIDDEN');
  expect((await change(reader.client, 'updateUser', input)).code).toBe('FORBIDDEN');
  expect((await change(app.client(), 'updateUser', input, { authorization: basic })).code).toBe('FORBIDDEN');
});
