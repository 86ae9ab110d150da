import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { newId } from '../../src/kernel/id.js';
import { newPerson, type Person, sql } from './accounts.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';

/** All that an admin may see of an account. */
const EVERYTHING = `id email emailVerified username displayName locale pictureUrl metadata status roles
  createdAt updatedAt deletedAt formerEmail lockedUntil`;

/** The mutations about one account; each takes an input and answers the user. */
export type UserMutation =
  | 'createUser'
  | 'updateUser'
  | 'deactivateUser'
  | 'reactivateUser'
  | 'deleteUser'
  | 'unlockUser'
  | 'assignRole'
  | 'revokeRole';

/** Sends one of them, and asks no more about the account than everybody may know who may change it. */
export async function change(
  client: Client,
  mutation: UserMutation,
  input: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await client.send(text(mutation, 'id email'), { input }, headers);
}

/** Sends one that must succeed; the user as the admin sees it then. */
export async function changed(
  client: Client,
  mutation: UserMutation,
  input: object,
): Promise<Record<string, unknown> & { id: string; email: string }> {
  const answer = await client.send(text(mutation, EVERYTHING), { input });
  expect(answer.errors).toEqual([]);
  return answer.data?.[mutation].user;
}

/** A role of the operator's own; its name. */
export async function newRole(app: TestApp, permissions: readonly string[]): Promise<string> {
  const name = `role-${randomBytes(6).toString('hex')}`;
  await sql(
    app,
    `insert into roles (id, name, description, permissions, built_in, created_at)
     values (?, ?, '', ?::text::jsonb, false, now())`,
    [newId(), name, JSON.stringify(permissions)],
  );
  return name;
}

/** Somebody with a new account and a role of just these permissions, signed in. */
export async function newDelegate(
  app: TestApp,
  admin: Client,
  permissions: readonly string[],
): Promise<Person> {
  const person = await newPerson(app);
  const role = await newRole(app, permissions);
  await changed(admin, 'assignRole', { userId: person.id, role });
  return person;
}

/** How many pending links and codes an account has. */
export async function pendingOf(app: TestApp, userId: string): Promise<number> {
  const rows = await sql(app, 'select 1 from challenges where subject = ? and consumed_at is null', [userId]);
  return rows.length;
}

function text(mutation: UserMutation, fields: string): string {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${mutation}(input: $input) { user { ${fields} } } }`;
}
