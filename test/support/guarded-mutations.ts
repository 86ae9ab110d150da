import { randomBytes } from 'node:crypto';
import { newId } from '../../src/kernel/id.js';
import { newAddress, newService, PASSWORD, type Person, type Service } from './accounts.js';
import { newApiKey } from './api-keys.js';
import type { Client } from './client.js';

/** What somebody is to be done something to. */
export interface Target {
  readonly person: Person;
  readonly sessionId: string;
  readonly service: Service;
  readonly clientSecretId: string;
  readonly apiKeyId: string;
  /** A role that nobody holds, and a group that nobody is in. */
  readonly role: string;
  readonly groupId: string;
  readonly admin: Client;
}

export interface Guarded {
  readonly action: string;
  /** An input that is accepted, and the fields of the payload to ask for. */
  readonly input: (target: Target) => object;
  readonly answer: string;
  /** Who calls it; by default the admin. */
  readonly by?: (target: Target) => Asker;
}

export interface Asker {
  readonly client: Client;
  readonly password: string;
}

const user = '{ user { id } }';
const group = '{ group { id } }';
const aboutUser = ({ person }: Target) => ({ userId: person.id });

/** Every mutation that asks an admin (or a person about themself) for a fresh proof or an action token, as it is called. */
export const guardedMutations: Readonly<Record<string, Guarded>> = {
  assignRole: {
    action: 'change_role',
    input: (about) => ({ ...aboutUser(about), role: 'resource_server' }),
    answer: user,
  },
  revokeRole: {
    action: 'change_role',
    input: (about) => ({ ...aboutUser(about), role: 'resource_server' }),
    answer: user,
  },
  createUser: {
    action: 'change_role',
    input: () => ({ email: newAddress(), roles: ['resource_server'] }),
    answer: user,
  },
  updateUser: {
    action: 'change_user_email',
    input: (about) => ({ ...aboutUser(about), email: newAddress() }),
    answer: user,
  },
  deactivateUser: { action: 'deactivate_user', input: aboutUser, answer: user },
  reactivateUser: { action: 'reactivate_user', input: aboutUser, answer: user },
  deleteUser: { action: 'delete_user', input: aboutUser, answer: user },
  setUserPassword: {
    action: 'set_user_password',
    input: (about) => ({ ...aboutUser(about), newPassword: 'seven green lamps over a bridge' }),
    answer: '{ sessionsEnded }',
  },
  revokeSession: {
    action: 'revoke_sessions',
    input: ({ sessionId }) => ({ sessionId }),
    answer: '{ sessionId }',
  },
  revokeSessions: {
    action: 'revoke_sessions',
    input: (about) => ({ filter: aboutUser(about), dryRun: true }),
    answer: '{ count }',
  },
  revokeEverythingFrom: {
    action: 'revoke_sessions',
    input: ({ sessionId }) => ({ sessionId, dryRun: true }),
    answer: '{ endedSessionIds }',
  },
  eraseUser: {
    action: 'admin_erase_user',
    input: (about) => ({ ...aboutUser(about), dryRun: true }),
    answer: '{ tables { table } }',
  },
  eraseMe: {
    action: 'erase_account',
    input: () => ({ dryRun: true }),
    answer: '{ tables { table } }',
    by: ({ person: { client } }) => ({ client, password: PASSWORD }),
  },
  requireSecondFactor: {
    action: 'require_second_factor',
    input: (about) => ({ ...aboutUser(about), required: false }),
    answer: '{ required }',
  },
  createServiceAccount: {
    action: 'create_service_account',
    input: () => ({ name: newAddress() }),
    answer: '{ clientId }',
  },
  disableServiceAccount: {
    action: 'disable_service_account',
    input: ({ service }) => ({ id: service.clientId }),
    answer: '{ serviceAccount { id } }',
  },
  createRole: {
    action: 'change_role',
    input: () => ({ name: newName(), permissions: [] }),
    answer: '{ role { name } }',
  },
  updateRole: {
    action: 'change_role',
    input: ({ role }) => ({ role, description: 'Another.' }),
    answer: '{ role { name } }',
  },
  deleteRole: { action: 'change_role', input: ({ role }) => ({ role }), answer: '{ role { name } }' },
  createGroup: {
    action: 'change_role',
    input: () => ({ name: newName() }),
    answer: group,
  },
  updateGroup: {
    action: 'change_role',
    input: ({ groupId }) => ({ groupId, description: 'Another.' }),
    answer: group,
  },
  deleteGroup: { action: 'change_role', input: ({ groupId }) => ({ groupId }), answer: '{ groupId }' },
  addGroupMember: {
    action: 'change_role',
    input: ({ person, groupId }) => ({ userId: person.id, groupId }),
    answer: group,
  },
  removeGroupMember: {
    action: 'change_role',
    input: ({ person, groupId }) => ({ userId: person.id, groupId }),
    answer: group,
  },
  updateServiceAccount: {
    action: 'change_service_account',
    input: ({ service }) => ({ id: service.clientId, description: 'Another.' }),
    answer: '{ serviceAccount { id } }',
  },
  createClientSecret: {
    action: 'create_client_secret',
    input: ({ service }) => ({ serviceAccountId: service.clientId, name: 'another' }),
    answer: '{ secret }',
  },
  rotateClientSecret: {
    action: 'rotate_client_secret',
    input: ({ clientSecretId }) => ({ clientSecretId }),
    answer: '{ secret }',
  },
  revokeClientSecret: {
    action: 'revoke_client_secret',
    input: ({ clientSecretId }) => ({ clientSecretId }),
    answer: '{ clientSecretId }',
  },
  createApiKey: {
    action: 'create_api_key',
    input: ({ service }) => ({ serviceAccountId: service.clientId, name: 'for the service', scopes: [] }),
    answer: '{ secret }',
  },
  updateApiKey: {
    action: 'change_api_key',
    input: ({ apiKeyId }) => ({ apiKeyId, name: 'another' }),
    answer: '{ apiKey { id } }',
  },
  rotateApiKey: {
    action: 'create_api_key',
    input: ({ apiKeyId }) => ({ apiKeyId }),
    answer: '{ secret }',
  },
  unlockUser: { action: 'unlock_user', input: aboutUser, answer: user },
  importUsers: {
    action: 'import_users',
    input: () => ({ jsonLines: JSON.stringify({ email: newAddress() }) }),
    answer: '{ __typename }',
  },
  registerAudience: {
    action: 'register_audience',
    input: () => ({ identifier: `https://${newId()}.example.com`, description: '' }),
    answer: '{ audience { id } }',
  },
  revokeApiKey: {
    action: 'revoke_api_keys',
    input: ({ apiKeyId }) => ({ apiKeyId }),
    answer: '{ apiKeyId }',
  },
  rotateSigningKey: {
    action: 'rotate_signing_key',
    input: () => ({}),
    answer: '{ signingKey { id } }',
  },
};

/** Things to do something to, made by a fresh admin and a fresh person. */
export async function newTarget(admin: Client, person: Person): Promise<Target> {
  const sessions = await person.client.send('{ sessions(first: 1) { edges { node { id } } } }');
  const sessionId = sessions.data?.['sessions'].edges[0].node.id;
  const service = await newService(admin);
  const made = await admin.send(
    `mutation ($role: CreateRoleInput!, $group: CreateGroupInput!, $secret: CreateClientSecretInput!) {
      createRole(input: $role) { role { name } }
      createGroup(input: $group) { group { id } }
      createClientSecret(input: $secret) { clientSecret { id } } }`,
    {
      role: { name: newName(), permissions: [] },
      group: { name: newName() },
      secret: { serviceAccountId: service.clientId, name: 'second' },
    },
  );
  const { createRole, createGroup, createClientSecret } = made.data ?? {};
  return {
    admin,
    person,
    service,
    sessionId,
    clientSecretId: createClientSecret.clientSecret.id,
    apiKeyId: (await newApiKey(person.client)).id,
    role: createRole.role.name,
    groupId: createGroup.group.id,
  };
}

function newName(): string {
  return `name-${randomBytes(6).toString('hex')}`;
}
