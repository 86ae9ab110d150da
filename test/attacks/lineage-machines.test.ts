// What was made with a client secret that an intruder's session had planted in an honest machine goes with the session.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { newRole } from '../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import { newGroup } from '../support/groups.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import {
  addSecret,
  basicOf,
  createClientSecret,
  createServiceAccount,
  newServiceAccount,
  rotateClientSecret,
  viewerOf,
} from '../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let role: string;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
  role = await newRole(app, [
    'service_accounts:create',
    'service_accounts:modify',
    'roles:manage',
    'groups:manage',
  ]);
});
afterAll(async () => await app.close());

/** An honest machine, and the header for a secret of it that a thief has planted. */
async function planted(): Promise<{
  clientId: string;
  thief: Client;
  own: string;
  by: { authorization: string };
}> {
  const { clientId, basic: own } = await newServiceAccount(admin, { roles: [role] });
  const thief = app.client();
  await thief.login(ADMIN);
  const { basic: authorization } = await addSecret(thief, clientId);
  return { clientId, thief, own, by: { authorization } };
}

const made = (answer: Answer, field: string) => {
  expect(answer.errors).toEqual([]);
  return answer.data?.[field];
};
const undo = async (thief: Client) =>
  made(await revokeEverythingFrom(admin, sessionOf(thief)), 'revokeEverythingFrom').revoked;

/** With a planted secret. */
async function givenBy(by: { authorization: string }, field: string, input: object): Promise<void> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const mutation = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
  expect((await app.client().send(mutation, { input }, by)).errors).toEqual([]);
}

test('other secrets, service accounts and what those make end with the session that planted the first', async () => {
  const { clientId, thief, own, by } = await planted();
  const second = made(
    await createClientSecret(app.client(), { serviceAccountId: clientId }, by),
    'createClientSecret',
  );
  const authorization = basicOf(clientId, second.secret);
  const other = made(
    await createServiceAccount(app.client(), { roles: [role] }, { authorization }),
    'createServiceAccount',
  );
  const others = basicOf(other.clientId, other.clientSecret);
  const third = made(
    await createClientSecret(app.client(), { serviceAccountId: clientId }, { authorization: others }),
    'createClientSecret',
  );
  await undo(thief);
  for (const each of [by.authorization, authorization, others, basicOf(clientId, third.secret)]) {
    expect(await viewerOf(app.client(), each)).toBe('CLIENT_INVALID');
  }
  expect(await viewerOf(app.client(), own)).toBe(clientId);
});

test('a secret that has replaced itself leaves nobody the one in its place', async () => {
  const { clientId, thief, by } = await planted();
  const [row] = await sql(
    app,
    "select id from client_secrets where service_account_id = ? and name = 'second'",
    [clientId],
  );
  const input = { clientSecretId: row?.['id'], overlapSeconds: 0 };
  const { secret } = made(await rotateClientSecret(app.client(), input, by), 'rotateClientSecret');
  await undo(thief);
  expect(await viewerOf(app.client(), basicOf(clientId, secret))).toBe('CLIENT_INVALID');
});

test('roles and places in groups that were given with it go; what was given with an honest secret stays', async () => {
  const { thief, own, by } = await planted();
  const [person, member, honest] = [await newPerson(app), await newPerson(app), await newPerson(app)];
  const groupId = await newGroup(admin, { roles: [role] });
  await givenBy(by, 'assignRole', { userId: person.id, role });
  await givenBy(by, 'addGroupMember', { userId: member.id, groupId });
  await givenBy({ authorization: own }, 'assignRole', { userId: honest.id, role });
  const revoked: { kind: string; userId: string | null }[] = await undo(thief);
  expect(revoked.map(({ kind, userId }) => [kind, userId])).toEqual(
    expect.arrayContaining([
      ['role', person.id],
      ['group_membership', member.id],
    ]),
  );
  const roles = [];
  for (const { client } of [person, member, honest]) {
    roles.push((await client.send('{ viewer { roles } }')).data?.['viewer'].roles);
  }
  expect(roles).toEqual([[], [], [role]]);
});

test('the audit trail names the secret that a machine came with', async () => {
  const { clientId } = await newServiceAccount(admin, { roles: [role] });
  const { id, basic: authorization } = await addSecret(admin, clientId);
  made(
    await createClientSecret(app.client(), { serviceAccountId: clientId }, { authorization }),
    'createClientSecret',
  );
  expect(
    await sql(
      app,
      "select actor_session_id as by from audit_events where name = 'client_secret.created' and actor_id = ?",
      [clientId],
    ),
  ).toEqual([{ by: id }]);
});
