import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { sessionOf } from '../../support/lineage.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const timeline = async (client: Client, id: string, headers = {}) =>
  await client.send(
    `query ($id: UUID!) { session(id: $id) { timeline(first: 100) { edges { node {
      name actorId actorSessionId subjectId userId personal } } } } }`,
    { id },
    headers,
  );
interface Row {
  readonly name: string;
  readonly actorId: string | null;
  readonly subjectId: string | null;
  readonly userId: string | null;
  readonly personal: Record<string, unknown> | null;
}
const rowsOf = async (client: Client, id: string): Promise<Row[]> => {
  const answer = await timeline(client, id);
  expect(answer.errors).toEqual([]);
  return answer.data?.['session'].timeline.edges.map(({ node }: { node: Row }) => node);
};

test('it tells how a session began, what was done through it and how it ended; of other sessions nothing', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  await newApiKey(phone, { name: 'sync' });
  await newApiKey(person.client, { name: 'other' });
  await phone.send('mutation { logout { ok } }');
  const names = (await rowsOf(person.client, sessionOf(phone))).map(({ name }) => name);
  expect(names).toEqual(['session.revoked', 'api_key.created', 'session.created']);
});

test('its owner is told what an admin did to it, not who they are or where they sat', async () => {
  const person = await newPerson(app);
  const second = await anotherDevice(app, person);
  const admin = await app.adminClient();
  await admin.send('mutation ($i: RevokeSessionInput!) { revokeSession(input: $i) { sessionId } }', {
    i: { sessionId: sessionOf(second) },
  });
  const [ended] = await rowsOf(person.client, sessionOf(second));
  expect([ended?.name, ended?.actorId, ended?.personal]).toEqual(['session.revoked', null, null]);
});

test('of what an admin did to others through it, it tells no personal facts of those others', async () => {
  const admin = await app.adminClient();
  const created = await admin.send(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { email: 'somebody-else@example.com' } },
  );
  expect(created.errors).toEqual([]);
  const rows = await rowsOf(admin, sessionOf(admin));
  const row = rows.find(({ name }) => name === 'user.created');
  expect(row?.userId).toBe(created.data?.['createUser'].user.id);
  expect(Object.keys(row?.personal ?? {}).toSorted()).toEqual(['ip', 'userAgent']);
  expect(JSON.stringify(rows)).not.toContain('somebody-else@example.com');
});

test('of whom its owner has changed, it does not tell them by id, once they may not read users', async () => {
  const { client, id } = await newDelegate(app, await app.adminClient(), ['users:create']);
  const input = { email: 'newcomer@example.com' };
  const asked = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { email } } }';
  expect((await client.send(asked, { input })).errors).toEqual([]);
  const rows = await rowsOf(client, sessionOf(client));
  const created = rows.find(({ name }) => name === 'user.created');
  expect([created?.subjectId, created?.userId]).toEqual([null, null]);
  const begun = rows.find(({ name }) => name === 'session.created');
  expect([begun?.subjectId, begun?.userId]).toEqual([sessionOf(client), id]);
});

test('nobody else reads it but holders of sessions:read', async () => {
  const [person, stranger] = [await newPerson(app), await newPerson(app)];
  const id = sessionOf(person.client);
  expect((await timeline(stranger.client, id)).code).toBe('SESSION_NOT_FOUND');
  expect((await timeline(app.client(), id)).code).toBe('UNAUTHENTICATED');
  const { basic } = await newService(await app.adminClient());
  expect((await timeline(app.client(), id, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await rowsOf(await app.adminClient(), id)).map(({ name }) => name)).toEqual(['session.created']);
});
