import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Answer, Client } from './client.js';

/** The mutations about groups and roles, and what each is asked for. */
const ANSWERS = {
  createGroup: 'group { id name description }',
  updateGroup: 'group { id name description }',
  deleteGroup: 'groupId',
  addGroupMember: 'group { id } user { id }',
  removeGroupMember: 'group { id } user { id }',
  createRole: 'role { id name description permissions builtIn createdAt }',
  updateRole: 'role { id name description permissions builtIn createdAt }',
  deleteRole: 'role { name }',
  assignRole: 'user { id } assignment { id role holderKind holderId expiresAt createdAt }',
  revokeRole: 'user { id } assignment { id }',
} as const;

export type RightsMutation = keyof typeof ANSWERS;

/** Sends one of them. */
export async function manage(
  client: Client,
  mutation: RightsMutation,
  input: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${ANSWERS[mutation]} } }`;
  return await client.send(text, { input }, headers);
}

/** Sends one that must succeed; its payload. */
// oxlint-disable-next-line typescript/no-explicit-any -- an answer has the shape of the mutation
export async function managed(client: Client, mutation: RightsMutation, input: object): Promise<any> {
  const answer = await manage(client, mutation, input);
  expect(answer.errors).toEqual([]);
  return answer.data?.[mutation];
}

/** A group with these members and roles; its id. */
export async function newGroup(
  admin: Client,
  { members = [], roles = [] }: { members?: readonly string[]; roles?: readonly string[] } = {},
): Promise<string> {
  const name = `group ${randomBytes(6).toString('hex')}`;
  const { group } = await managed(admin, 'createGroup', { name });
  for (const role of roles) await managed(admin, 'assignRole', { groupId: group.id, role });
  for (const userId of members) await managed(admin, 'addGroupMember', { groupId: group.id, userId });
  return group.id;
}

/** A name that no other role in this run has. */
export function newRoleName(): string {
  return `role-${randomBytes(6).toString('hex')}`;
}
