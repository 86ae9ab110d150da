import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { TestApp } from './app.js';
import type { Client } from './client.js';

/** Good enough for every policy of the tests. */
export const PASSWORD = 'three blue kettles on a shelf';

/** An address that nobody else in this run has. */
export function newAddress(): string {
  return `person-${randomBytes(6).toString('hex')}@example.com`;
}

/** Somebody with a new account, signed in. */
export interface Person {
  readonly client: Client;
  readonly email: string;
  readonly id: string;
}

/** Signs somebody up and in. */
export async function newPerson(app: TestApp): Promise<Person> {
  const email = newAddress();
  const client = app.client();
  expect((await client.signUp({ email, password: PASSWORD })).errors).toEqual([]);
  expect((await client.login({ email, password: PASSWORD })).errors).toEqual([]);
  return { client, email, id: client.userId ?? '' };
}

/** Another device of the same person, signed in. */
export async function anotherDevice(app: TestApp, { email }: Person): Promise<Client> {
  const client = app.client();
  expect((await client.login({ email, password: PASSWORD })).errors).toEqual([]);
  return client;
}

/** A service account and its credentials. */
export interface Service {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The value of `Authorization` that presents them (RFC 6749 §2.3.1). */
  readonly basic: string;
}

/** Lets the admin create a service account: by default a resource server of this API. */
export async function newService(
  admin: Client,
  input: { name?: string; audiences?: string[]; roles?: string[] } = {},
): Promise<Service> {
  const answer = await admin.send(
    `mutation ($input: CreateServiceAccountInput!) {
      createServiceAccount(input: $input) { clientId clientSecret } }`,
    { input: { name: `service-${randomBytes(6).toString('hex')}`, ...input } },
  );
  expect(answer.errors).toEqual([]);
  const { clientId, clientSecret } = (answer.data ?? {})['createServiceAccount'];
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  return { clientId, clientSecret, basic };
}

/** The session id and the other claims of an access token, unverified. */
export function claimsOf(accessToken: string | undefined): Record<string, unknown> & { sid: string } {
  const [, body = ''] = (accessToken ?? '').split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
}

/** One SQL statement, as somebody with the database's own password could run it. */
export async function sql(
  app: TestApp,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return await app.services.em.fork().execute(text, [...values]);
}

/** The names of the audit events about a user, newest first. */
export async function auditNamesOf(admin: Client, userId: string): Promise<string[]> {
  const answer = await admin.send(
    `query ($userId: UUID!) { auditEvents(first: 100, filter: { userId: $userId }) { edges { node { name } } } }`,
    { userId },
  );
  expect(answer.errors).toEqual([]);
  return answer.data?.['auditEvents'].edges.map(({ node }: { node: { name: string } }) => node.name);
}
