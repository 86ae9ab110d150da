import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Person, sql } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { newApiKey, type NewApiKey, revokeApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { listen } from '../../support/listener.js';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const bearer = ({ secret }: NewApiKey) => `Bearer ${secret}`;
const viewer = async (key: NewApiKey) =>
  await app.client().send(VIEWER_OF_KEY, {}, { authorization: bearer(key) });
const endOf = async ({ id }: NewApiKey) => {
  const [row] = await sql(app, 'select revoked_at, revoke_reason from api_keys where id = ?', [id]);
  return row;
};

test('a key that its owner ends is refused at once, by every surface that took it a moment before', async () => {
  const { client } = await newDelegate(app, admin, ['sessions:watch']);
  const key = await newApiKey(client, { scopes: ['sessions:watch'] });
  const { basic } = await newService(admin);
  const introspect = async () => {
    const response = await app.client().fetch('/auth/introspect', {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ token: key.secret }),
    });
    return ((await response.json()) as { active: boolean }).active;
  };
  const validate = async () =>
    (await app.client().fetch('/auth/validate', { headers: { 'x-api-key': key.secret } })).status;
  const listener = await listen(app, app.client(), { authorization: bearer(key) });
  expect([(await viewer(key)).status, await validate(), await introspect()]).toEqual([200, 200, true]);

  expect((await revokeApiKey(client, key.id.toUpperCase())).errors).toEqual([]);

  const answer = await viewer(key);
  expect([answer.status, answer.code]).toEqual([401, 'API_KEY_INVALID']);
  expect([await validate(), await introspect()]).toEqual([401, false]);
  expect(await listener.closed).toBe(4401);
  await expect(listener.next()).rejects.toThrow('closed with 4401');
});

test('ending it again changes nothing, and is audited once', async () => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client);
  await Promise.all([revokeApiKey(person.client, key.id), revokeApiKey(person.client, key.id)]);
  const before = await endOf(key);
  expect(before).toMatchObject({ revoke_reason: 'revoked_by_user' });
  expect((await revokeApiKey(person.client, key.id)).errors).toEqual([]);
  expect((await revokeApiKey(admin, key.id)).errors).toEqual([]);
  expect(await endOf(key)).toEqual(before);
  const rows = await sql(
    app,
    `select * from audit_events where subject_id = ? and name = 'api_key.revoked'`,
    [key.id],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    user_id: person.id,
    actor_id: person.id,
    payload: { reason: 'revoked_by_user' },
  });
});

test('nobody ends the key of somebody else, or learns whether there is one, without the permission', async () => {
  const key = await newApiKey((await newPerson(app)).client);
  const { client } = await newPerson(app);
  for (const id of [key.id, UNKNOWN]) {
    const answer = await revokeApiKey(client, id);
    expect([answer.status, answer.code]).toEqual([404, 'API_KEY_NOT_FOUND']);
  }
  expect((await revokeApiKey(app.client(), key.id)).code).toBe('UNAUTHENTICATED');
  const other = await newApiKey(client);
  const byKey = await revokeApiKey(app.client(), other.id, { authorization: bearer(other) });
  expect([byKey.status, byKey.code]).toEqual([403, 'FORBIDDEN']);
  expect([(await viewer(key)).status, (await viewer(other)).status]).toEqual([200, 200]);
});

test('an admin ends the keys of those who may do no more than they, and of nobody else', async () => {
  const delegate = await newDelegate(app, admin, ['api_keys:revoke']);
  const [weak, strong] = [await newPerson(app), await newDelegate(app, admin, ['users:read'])];
  const keyOf = async ({ client }: Person) => await newApiKey(client);
  const [theirs, stronger] = [await keyOf(weak), await keyOf(strong)];
  expect((await revokeApiKey(delegate.client, theirs.id)).errors).toEqual([]);
  expect(await endOf(theirs)).toMatchObject({ revoke_reason: 'revoked_by_admin' });
  const answer = await revokeApiKey(delegate.client, stronger.id);
  expect([answer.status, answer.code]).toEqual([403, 'USER_TOO_POWERFUL']);
  expect((await viewer(stronger)).status).toBe(200);
});

test('closing an account ends its keys for good: they do not come back with it', async () => {
  for (const [mutation, reason] of [
    ['deactivateUser', 'user_deactivated'],
    ['deleteUser', 'user_deleted'],
  ] as const) {
    const person = await newPerson(app);
    const key = await newApiKey(person.client);
    expect((await viewer(key)).status).toBe(200);
    await changed(admin, mutation, { userId: person.id });
    expect((await viewer(key)).code).toBe('API_KEY_INVALID');
    expect(await endOf(key)).toMatchObject({ revoke_reason: reason });
    await changed(admin, 'reactivateUser', { userId: person.id });
    expect((await viewer(key)).code).toBe('API_KEY_INVALID');
  }
});

test('erasing an account removes its keys, which are refused from then on', async () => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client);
  expect((await viewer(key)).status).toBe(200);
  const erased = await admin.send(
    `mutation ($id: UUID!) { eraseUser(input: { userId: $id, dryRun: false }) { tables { table rows } } }`,
    { id: person.id },
  );
  expect(erased.errors).toEqual([]);
  expect((await viewer(key)).code).toBe('API_KEY_INVALID');
  expect(await endOf(key)).toBeUndefined();
});
