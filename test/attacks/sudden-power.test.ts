// Somebody gets power while a session of theirs is open that the policy would not open now.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { changed, newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { testConfig } from '../support/config.js';
import { generousLimits } from '../support/email-flows.js';
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
