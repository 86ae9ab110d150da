import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { changed, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { isAlive } from '../../support/lineage.js';
import { addTotp, enrolTotp } from '../../support/second-factors.js';
import { detailsOf, reauthenticate, STALE_SECONDS } from '../../support/step-up.js';

const GRACE = 3_600;
const clock = new FakeClock();
const ROLE = 'guarded';
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { mfa: { emailCode: false, requiredRoles: [ROLE], enrolmentGraceSeconds: GRACE } },
  });
  await sql(app, 'update roles set name = ? where name = ?', [ROLE, await newRole(app, [])]);
});
afterAll(async () => await app.close());

/** Somebody who took codes by mail as a second factor while the operator did, and has nothing else. */
async function leftBehind(): Promise<Person> {
  const person = await newPerson(app);
  await sql(app, 'insert into email_code_factors (id, user_id, email, created_at) values (?, ?, ?, ?)', [
    randomUUID(),
    person.id,
    person.email,
    clock.now(),
  ]);
  await sql(app, `update users set factor_kinds = '["email_code"]', email_verified_at = ? where id = ?`, [
    clock.now(),
    person.id,
  ]);
  return person;
}

async function signedIn({ email }: Person) {
  const client = app.client();
  expect((await client.login({ email, password: PASSWORD })).errors).toEqual([]);
  return client;
}

/** How many sessions of a user an admin sees, and how many they would end. */
async function seenOf(userId: string): Promise<[number, number]> {
  const { data, errors } = await (await app.adminClient()).send(
    `mutation ($input: RevokeSessionsInput!) { revokeSessions(input: $input) { count } }`,
    { input: { filter: { userId }, dryRun: true } },
  );
  expect(errors).toEqual([]);
  const query = 'query ($id: UUID!) { user(id: $id) { sessions { id } } }';
  const read = await (await app.adminClient()).send(query, { id: userId });
  return [read.data?.['user'].sessions.length, data?.['revokeSessions'].count];
}

test('codes by mail that the operator no longer takes neither ask for anything nor keep anybody from a fresh proof', async () => {
  const client = await signedIn(await leftBehind());
  expect((await enrolTotp(client)).errors).toEqual([]);
});

test('they are not offered as a proof, and the password alone is one', async () => {
  const client = await signedIn(await leftBehind());
  clock.advance(STALE_SECONDS);
  await client.refresh();
  expect(detailsOf(await enrolTotp(client))).toMatchObject({
    methods: [{ method: 'PASSWORD' }],
  });
  const mailed = await reauthenticate(client, { kind: 'EMAIL_CODE', code: '123456' });
  expect(mailed.code).toBe('FACTOR_UNAVAILABLE');
  expect((await reauthenticate(client, { password: PASSWORD })).errors).toEqual([]);
});

test('a deadline for a second factor holds for those who have no other: no list shows what it ended', async () => {
  const person = await leftBehind();
  const client = await signedIn(person);
  await changed(await app.adminClient(), 'assignRole', { userId: person.id, role: ROLE });
  expect(await seenOf(person.id)).toEqual([2, 2]);
  clock.advance(GRACE);
  expect(await isAlive(client)).toBe(false);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  expect(await seenOf(person.id)).toEqual([0, 0]);
});

test('whoever has enrolled another by then goes on', async () => {
  const person = await leftBehind();
  const client = await signedIn(person);
  await changed(await app.adminClient(), 'assignRole', { userId: person.id, role: ROLE });
  await addTotp(client, { time: clock });
  clock.advance(GRACE);
  expect((await client.refresh()).errors).toEqual([]);
  expect(await isAlive(client)).toBe(true);
});
