import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, type Service, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import {
  createApiKey,
  newApiKey,
  revokeApiKey,
  rotateApiKey,
  updateApiKey,
  viewerOf,
} from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { mailsTo } from '../../support/mails.js';
import { actionToken, STALE_SECONDS } from '../../support/step-up.js';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';
const DISABLE = `mutation ($id: UUID!) { disableServiceAccount(input: { id: $id }) { serviceAccount { id } } }`;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

/** A service account with a role of just these permissions. */
async function newMachine(permissions: readonly string[]): Promise<Service> {
  return await newService(admin, { roles: [await newRole(app, permissions)] });
}

const by = ({ basic }: Service) => ({ authorization: basic });
const disable = async (id: string) => expect((await admin.send(DISABLE, { id })).errors).toEqual([]);

describe('a key of a service account', () => {
  test('acts for the account, with what its roles give, and ends with it', async () => {
    const machine = await newMachine(['users:read', 'users:list']);
    const key = await newApiKey(admin, {
      serviceAccountId: machine.clientId.toUpperCase(),
      scopes: ['users:read'],
    });
    const seen = { kind: 'api_key', id: key.id, ownerId: machine.clientId, permissions: ['users:read'] };
    expect((await viewerOf(app.client(), key)).data?.['viewer']).toMatchObject(seen);
    const owner = { kind: 'service_account', id: machine.clientId };
    const principal = await app.services.liveApiKeys.authenticate(key.secret, null);
    const credentialIds = [key.id, machine.clientId];
    expect(principal).toMatchObject({ owner, credentialIds, audiences: [app.services.ownAudience] });
    await disable(machine.clientId);
    const answer = await viewerOf(app.client(), key);
    expect([answer.status, answer.code]).toEqual([401, 'API_KEY_INVALID']);
    expect(await app.services.liveApiKeys.examine(key.secret, null)).toEqual({ refused: 'owner_disabled' });
  });

  test('has no more than the account is limited to, at its birth and at every use', async () => {
    const machine = await newMachine(['users:read', 'users:list']);
    const limitTo = async (scopes: string[] | null) => {
      const [text, values] = [JSON.stringify(scopes), scopes === null ? 'null' : '?::jsonb'];
      await sql(app, `update service_accounts set scopes = ${values} where id = ?`, [
        ...(scopes === null ? [] : [text]),
        machine.clientId,
      ]);
    };
    const wide = { serviceAccountId: machine.clientId, scopes: ['users:read', 'users:list'] };
    await limitTo(['users:read']);
    expect((await createApiKey(admin, wide)).code).toBe('API_KEY_TOO_WIDE');
    await limitTo(null);
    const key = await newApiKey(admin, wide);
    await limitTo(['users:read']);
    expect((await viewerOf(app.client(), key)).data?.['viewer'].permissions).toEqual(['users:read']);
  });

  test('is made by the account itself without any permission, of its own rights alone', async () => {
    const machine = await newMachine(['users:read']);
    const key = await newApiKey(app.client(), { scopes: ['users:read'] }, by(machine));
    expect((await viewerOf(app.client(), key)).data?.['viewer'].ownerId).toBe(machine.clientId);
    expect((await createApiKey(app.client(), { scopes: ['users:list'] }, by(machine))).code).toBe(
      'API_KEY_TOO_WIDE',
    );
    const [row] = await sql(app, 'select * from api_keys where id = ?', [key.id]);
    expect(row).toMatchObject({ created_by_service_account_id: machine.clientId, created_by_user_id: null });
    const other = await newMachine([]);
    const forOther = await createApiKey(app.client(), { serviceAccountId: other.clientId }, by(machine));
    expect([forOther.status, forOther.code]).toEqual([403, 'FORBIDDEN']);
  });

  test('is changed, replaced, listed and ended by the account, and by no other without the permission', async () => {
    const [machine, other] = [await newMachine(['users:read']), await newMachine(['users:read'])];
    const key = await newApiKey(app.client(), { scopes: ['users:read'] }, by(machine));
    const id = { apiKeyId: key.id };
    for (const answer of [
      await updateApiKey(app.client(), { ...id, name: 'X' }, by(other)),
      await rotateApiKey(app.client(), id, by(other)),
      await revokeApiKey(app.client(), key.id, by(other)),
    ]) {
      expect([answer.status, answer.code]).toEqual([404, 'API_KEY_NOT_FOUND']);
    }
    expect((await updateApiKey(app.client(), { ...id, name: 'X' }, by(machine))).errors).toEqual([]);
    expect((await rotateApiKey(app.client(), id, by(machine))).errors).toEqual([]);
    const listed = await app.client().send('{ apiKeys { edges { node { id name } } } }', {}, by(machine));
    expect(listed.data?.['apiKeys'].edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual([
      'X',
      'X',
    ]);
    expect((await revokeApiKey(app.client(), key.id, by(machine))).errors).toEqual([]);
    expect((await viewerOf(app.client(), key)).code).toBe('API_KEY_INVALID');
    const [row] = await sql(app, 'select revoke_reason from api_keys where id = ?', [key.id]);
    expect(row).toEqual({ revoke_reason: 'revoked_by_service_account' });
  });

  test('is ended by whoever holds the permission and all that the account may do', async () => {
    const machine = await newMachine(['users:read']);
    const [one, other] = [
      await newApiKey(admin, { serviceAccountId: machine.clientId }),
      await newApiKey(admin, { serviceAccountId: machine.clientId }),
    ];
    const weak = await newDelegate(app, admin, ['api_keys:revoke']);
    const strong = await newDelegate(app, admin, ['api_keys:revoke', 'users:read']);
    expect((await revokeApiKey(strong.client, one.id)).errors).toEqual([]);
    const answer = await revokeApiKey(weak.client, other.id);
    expect([answer.status, answer.code]).toEqual([403, 'USER_TOO_POWERFUL']);
    expect((await viewerOf(app.client(), one)).code).toBe('API_KEY_INVALID');
    expect((await viewerOf(app.client(), other)).errors).toEqual([]);
  });

  test('goes on when the user who made it is erased, and forgets them', async () => {
    const { clientId: serviceAccountId } = await newMachine([]);
    const maker = await newDelegate(app, admin, ['api_keys:create']);
    const key = await newApiKey(maker.client, { serviceAccountId });
    const erased = await admin.send(
      `mutation ($id: UUID!) { eraseUser(input: { userId: $id, dryRun: false }) { receiptId } }`,
      { id: maker.id },
    );
    expect(erased.errors).toEqual([]);
    expect((await viewerOf(app.client(), key)).errors).toEqual([]);
    const [row] = await sql(app, 'select created_by_user_id from api_keys where id = ?', [key.id]);
    expect(row).toEqual({ created_by_user_id: null });
  });

  test('is not made through an access token of the account: that would outlive it', async () => {
    const { basic } = await newMachine(['users:read']);
    const answer = await app.client().fetch('/oauth/token', {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const viewer = await app.client().send('{ viewer { kind } }', {}, { authorization: `Bearer ${token}` });
    expect(viewer.data?.['viewer'].kind).toBe('service_account');
    const refused = await createApiKey(app.client(), {}, { authorization: `Bearer ${token}` });
    expect([refused.status, refused.code]).toEqual([403, 'FORBIDDEN']);
  });

  test('is not made for an account that is disabled or unknown', async () => {
    const machine = await newMachine([]);
    await disable(machine.clientId);
    const answer = await createApiKey(admin, { serviceAccountId: machine.clientId });
    expect([answer.status, answer.code]).toEqual([409, 'API_KEY_OWNER_INACTIVE']);
    const unknown = await createApiKey(admin, { serviceAccountId: UNKNOWN });
    expect([unknown.status, unknown.code]).toEqual([404, 'SERVICE_ACCOUNT_NOT_FOUND']);
  });
});

describe('a key for another user', () => {
  test('takes the permission, belongs to them for ever, and they get a mail', async () => {
    const role = ['api_keys:create', 'users:read'];
    const [maker, owner] = [
      await newDelegate(app, admin, role),
      await newDelegate(app, admin, ['users:read']),
    ];
    const wish = { userId: owner.id, scopes: ['users:read'] };
    const made = (await createApiKey(maker.client, wish)).data?.['createApiKey'];
    expect(made.apiKey.owner).toEqual({ kind: 'USER', id: owner.id });
    expect(
      (await viewerOf(app.client(), { id: made.apiKey.id, secret: made.secret })).data?.['viewer'].ownerId,
    ).toBe(owner.id);
    expect((await mailsTo(app, owner.email)).at(-1)?.subject).toContain('API key');
    const [row] = await sql(app, `select * from audit_events where subject_id = ?`, [made.apiKey.id]);
    expect(row).toMatchObject({ name: 'api_key.created', actor_id: maker.id, user_id: owner.id });
    const stranger = await newPerson(app);
    const refused = await createApiKey(stranger.client, wish);
    expect([refused.status, refused.code]).toEqual([403, 'FORBIDDEN']);
  });

  test('has no more than both of them hold', async () => {
    const maker = await newDelegate(app, admin, ['api_keys:create', 'users:read', 'users:list']);
    const owner = await newDelegate(app, admin, ['users:read']);
    for (const scopes of [['users:list'], ['audit:read'], ['api_keys:create']]) {
      const answer = await createApiKey(maker.client, { userId: owner.id, scopes });
      expect(answer.code, scopes.join()).toBe('API_KEY_TOO_WIDE');
    }
  });

  test('is made for nobody who may do more, is closed, or is not there', async () => {
    const maker = await newDelegate(app, admin, ['api_keys:create']);
    const [stronger, closed] = [await newDelegate(app, admin, ['users:read']), await newPerson(app)];
    await changed(admin, 'deactivateUser', { userId: closed.id });
    const codeFor = async (userId: string) => (await createApiKey(maker.client, { userId })).code;
    expect(await codeFor(stronger.id)).toBe('USER_TOO_POWERFUL');
    expect(await codeFor(closed.id)).toBe('API_KEY_OWNER_INACTIVE');
    expect(await codeFor(UNKNOWN)).toBe('USER_NOT_FOUND');
    await changed(admin, 'deleteUser', { userId: closed.id });
    expect(await codeFor(closed.id)).toBe('USER_DELETED');
  });

  test('takes a fresh proof of its maker, or an action token for just that', async () => {
    const maker = await newDelegate(app, admin, ['api_keys:create']);
    const { id: userId } = await newPerson(app);
    clock.advance(STALE_SECONDS);
    await maker.client.refresh();
    const answer = await createApiKey(maker.client, { userId });
    expect([answer.status, answer.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    const wrong = await actionToken(maker.client, { action: 'change_api_key' });
    expect((await createApiKey(maker.client, { userId }, { 'x-action-token': wrong })).code).toBe(
      'STEP_UP_REQUIRED',
    );
    const token = await actionToken(maker.client, { action: 'create_api_key' });
    expect((await createApiKey(maker.client, { userId }, { 'x-action-token': token })).errors).toEqual([]);
    admin = await app.adminClient();
  });
});

describe('the lists of keys', () => {
  const LIST = `query ($filter: ApiKeyFilter) { apiKeys(filter: $filter) { edges { node { id } } } }`;

  test('show others’ keys to holders of the permission alone', async () => {
    const machine = await newMachine([]);
    const person = await newPerson(app);
    const keys = [
      await newApiKey(person.client),
      await newApiKey(admin, { serviceAccountId: machine.clientId }),
    ];
    const filters = [{ userId: person.id.toUpperCase() }, { serviceAccountId: machine.clientId }];
    const viewer = await newDelegate(app, admin, ['api_keys:list']);
    const scoped = await newApiKey(viewer.client, { scopes: ['api_keys:list'] });
    for (const [n, filter] of filters.entries()) {
      const found = { data: { apiKeys: { edges: [{ node: { id: keys[n]?.id } }] } } };
      expect(await viewer.client.send(LIST, { filter })).toMatchObject(found);
      const byKey = { authorization: `Bearer ${scoped.secret}` };
      expect(await app.client().send(LIST, { filter }, byKey)).toMatchObject(found);
      const refused = await (await newPerson(app)).client.send(LIST, { filter });
      expect([refused.status, refused.code]).toEqual([403, 'FORBIDDEN']);
    }
    const own = await person.client.send(LIST, { filter: { userId: person.id } });
    expect(own.data?.['apiKeys'].edges).toHaveLength(1);
    const both = { filter: { userId: person.id, serviceAccountId: machine.clientId } };
    expect((await viewer.client.send(LIST, both)).code).toBe('INVALID_INPUT');
  });

  test('are told of service accounts with them', async () => {
    const machine = await newMachine([]);
    const key = await newApiKey(admin, { serviceAccountId: machine.clientId });
    const query =
      '{ serviceAccounts(first: 100) { edges { node { id apiKeys { id owner { kind id } } } } } }';
    const answer = await admin.send(query);
    expect(answer.errors).toEqual([]);
    type Node = { id: string; apiKeys: object[] };
    const found = answer.data?.['serviceAccounts'].edges.map(({ node }: { node: Node }) => node);
    expect(found.find(({ id }: Node) => id === machine.clientId).apiKeys).toEqual([
      { id: key.id, owner: { kind: 'SERVICE_ACCOUNT', id: machine.clientId } },
    ]);
  });
});
