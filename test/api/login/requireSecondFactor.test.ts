import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, type Person } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import type { Answer, Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { firstStep } from '../../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

async function require(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: RequireSecondFactorInput!) {
      requireSecondFactor(input: $input) { user { id } required deadline } }`,
    { input },
  );
}

async function login(person: Person): Promise<Record<string, unknown>> {
  return (await firstStep(new Browser(app.url), person)).data?.['login'];
}

test('an account of which an admin requires a second factor enrols one before the next session, and those there are have ended', async () => {
  const [admin, person] = [await app.adminClient(), await newPerson(app)];
  const answer = await require(admin, { userId: person.id, required: true });
  expect(answer.data?.['requireSecondFactor']).toEqual({
    user: { id: person.id },
    required: true,
    deadline: clock.now().toISOString(),
  });
  expect((await login(person))['__typename']).toBe('SecondFactorEnrolmentRequired');
  expect(await auditNamesOf(admin, person.id)).toContain('second_factor.required');
  expect((await person.client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect((await person.client.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await require(admin, { userId: person.id, required: false })).errors).toEqual([]);
  expect(await login(person)).toMatchObject({ __typename: 'LoginSucceeded', secondFactorDeadline: null });
});

test('with a deadline the account signs in without one until then, and is told of it', async () => {
  const [admin, person] = [await app.adminClient(), await newPerson(app)];
  const deadline = new Date(clock.now().getTime() + 86_400_000).toISOString();
  expect((await require(admin, { userId: person.id, required: true, deadline })).errors).toEqual([]);
  expect(await login(person)).toMatchObject({ __typename: 'LoginSucceeded', secondFactorDeadline: deadline });
  clock.advance(86_400);
  expect((await person.client.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await login(person))['__typename']).toBe('SecondFactorEnrolmentRequired');
});

test('it takes the permission, a fresh proof, and all that the user may do', async () => {
  const [admin, person] = [await app.adminClient(), await newPerson(app)];
  const wish = { userId: person.id, required: true };
  expect((await require(app.client(), wish)).code).toBe('UNAUTHENTICATED');
  expect((await require(person.client, wish)).code).toBe('FORBIDDEN');
  const delegate = await newDelegate(app, admin, ['users:mfa']);
  expect((await require(delegate.client, wish)).errors).toEqual([]);
  const chief = { userId: admin.userId, required: false };
  expect((await require(delegate.client, chief)).code).toBe('USER_TOO_POWERFUL');
  const nobody = { userId: '01a202c3-07a9-7021-85c4-2b595e456aff', required: true };
  expect((await require(admin, nobody)).code).toBe('USER_NOT_FOUND');
  clock.advance(960);
  await admin.refresh();
  expect((await require(admin, wish)).code).toBe('STEP_UP_REQUIRED');
});

test('a deadline in the past is now: no session goes on, whenever it began', async () => {
  const [admin, person] = [await app.adminClient(), await newPerson(app)];
  const past = new Date(clock.now().getTime() - 3_600_000).toISOString();
  const answer = await require(admin, { userId: person.id, required: true, deadline: past });
  expect(answer.data?.['requireSecondFactor'].deadline).toBe(clock.now().toISOString());
  expect((await person.client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect((await person.client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('a deadline is at most 90 days off, and nobody decides about their own account', async () => {
  const [admin, person] = [await app.adminClient(), await newPerson(app)];
  const deadline = '9999-01-01T00:00:00.000Z';
  const far = await require(admin, { userId: person.id, required: true, deadline });
  const last = new Date(clock.now().getTime() + 90 * 86_400_000).toISOString();
  expect(far.data?.['requireSecondFactor'].deadline).toBe(last);
  for (const required of [true, false]) {
    const own = await require(admin, { userId: admin.userId, required, deadline });
    expect([own.status, own.code]).toEqual([403, 'REQUIREMENT_IS_OWN']);
  }
});
