import { expect } from 'vitest';
import { newPerson, type Person, sql } from './accounts.js';
import { newDelegate } from './admins.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import { addTotp, answerLogin, beginLogin, type EnrolledTotp } from './second-factors.js';

export async function askRemoval(client: Client, userId: string, reason = 'A lost phone.'): Promise<Answer> {
  return await client.send(
    `mutation ($input: DisableSecondFactorForUserInput!) {
      disableSecondFactorForUser(input: $input) { removalId expiresAt } }`,
    { input: { userId, reason } },
  );
}

/** Asks, which must succeed; the id to confirm. */
export async function askedRemoval(client: Client, userId: string): Promise<string> {
  const { data, errors } = await askRemoval(client, userId);
  expect(errors).toEqual([]);
  return data?.['disableSecondFactorForUser'].removalId;
}

export async function confirmRemoval(client: Client, removalId: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: ConfirmFactorRemovalInput!) { confirmFactorRemoval(input: $input) { confirmed } }',
    { input: { removalId } },
  );
}

export async function withdrawRemoval(client: Client, removalId: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: WithdrawFactorRemovalInput!) { withdrawFactorRemoval(input: $input) { withdrawn } }',
    { input: { removalId } },
  );
}

export interface Rescuer extends Person {
  readonly totp: EnrolledTotp;
}

/** Somebody who may remove second factors, has been allowed to for two days, and has had an app for as long. */
export async function newRescuer(
  app: TestApp,
  admin: Client,
  permissions: readonly string[] = ['users:mfa'],
): Promise<Rescuer> {
  const rescuer = await newDelegate(app, admin, permissions);
  const totp = await addTotp(rescuer.client);
  await ripen(app, rescuer.id);
  return { ...rescuer, totp };
}

/** Another session of theirs; the recovery code of that number is used up by it. */
export async function anotherSession(app: TestApp, rescuer: Rescuer, number = 0): Promise<Client> {
  const half = await beginLogin(app, rescuer);
  const code = rescuer.totp.recoveryCodes[number];
  expect((await answerLogin(half, { kind: 'RECOVERY_CODE', code })).errors).toEqual([]);
  return half.client;
}

/** Lets two days pass over the roles and apps of an account. */
export async function ripen(app: TestApp, userId: string): Promise<void> {
  const before = "set created_at = now() - interval '2 days'";
  await sql(app, `update role_assignments ${before} where holder_id = ?`, [userId]);
  await sql(app, `update totp_factors ${before} where user_id = ?`, [userId]);
}

/** Somebody signed in with an authenticator app. */
export async function newPersonWithTotp(app: TestApp): Promise<Person> {
  const person = await newPerson(app);
  await addTotp(person.client);
  return person;
}

/** All that stands for the second step of an account. */
export async function factorsOf(app: TestApp, userId: string): Promise<Record<string, unknown>> {
  const [row] = await sql(
    app,
    `select (select count(*)::int from totp_factors where user_id = u.id) as totp,
       (select count(*)::int from recovery_codes where user_id = u.id) as codes,
       (select count(*)::int from trusted_devices where user_id = u.id) as devices,
       (select count(*)::int from sessions where user_id = u.id and revoked_at is null) as sessions,
       factor_kinds as kinds
     from users u where id = ?`,
    [userId],
  );
  return row ?? {};
}
