import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/id.js';
import { claimsOf, newPerson, newService } from '../../support/accounts.js';
import { explainAccess, explained, NOTHING } from '../../support/access.js';
import { change, changed, newDelegate } from '../../support/admins.js';
import { newApiKey, revokeApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { STALE_SECONDS } from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { tokens: { accessTtlSeconds: 86_400 } } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const refused = (missing: object) => ({
  allowed: false,
  because: null,
  missing: { ...NOTHING, ...missing },
});
const UNUSABLE = refused({ rule: 'an account, a credential and a session that may be used' });
const user = (id: string) => ({ principalKind: 'USER', principalId: id });

describe('a user', () => {
  test('is explained by what they hold at this moment, and by which role', async () => {
    const { id } = await newDelegate(app, admin, ['users:list']);
    expect(await explained(admin, { ...user(id.toUpperCase()), action: 'users:list' })).toEqual({
      allowed: true,
      because: { rule: 'permission `users:list`', role: expect.stringMatching(/^role-/), via: 'role' },
      missing: null,
    });
    expect(await explained(admin, { ...user(id), action: 'users' })).toMatchObject({ allowed: true });
    expect(await explained(admin, { ...user(id), action: 'users:read' })).toEqual(
      refused({ permission: 'users:read' }),
    );
  });

  test('has proved nothing without a session; with one, what that has', async () => {
    const { client, id } = await newDelegate(app, admin, ['users:deactivate']);
    const asked = { ...user(id), action: 'deleteUser' };
    const { sid: sessionId } = claimsOf(client.accessToken);
    expect(await explained(admin, asked)).toEqual(refused({ freshness: 900 }));
    expect(await explained(admin, { ...asked, sessionId })).toMatchObject({ allowed: true });
    clock.advance(STALE_SECONDS);
    admin = await app.adminClient();
    expect(await explained(admin, { ...asked, sessionId })).toEqual(refused({ freshness: 900 }));
    await client.send('mutation { logout { ok } }');
    expect(await explained(admin, { ...asked, sessionId })).toEqual(UNUSABLE);
  });

  test('is not explained by the session of somebody else', async () => {
    const [one, other] = [await newPerson(app), await newPerson(app)];
    const { sid: sessionId } = claimsOf(other.client.accessToken);
    expect(await explained(admin, { ...user(one.id), action: 'viewer', sessionId })).toEqual(UNUSABLE);
  });

  test('is not seen by being asked about: their session is as old as it was', async () => {
    const { client, id } = await newPerson(app);
    const { sid: sessionId } = claimsOf(client.accessToken);
    const seen = async () => {
      const rows = await app.services.em
        .fork()
        .execute('select last_seen_at from sessions where id = ?', [sessionId]);
      return JSON.stringify(rows);
    };
    const before = await seen();
    clock.advance(120);
    await explained(admin, { ...user(id), action: 'viewer', sessionId });
    expect(await seen()).toBe(before);
  });

  test('owns what is theirs, and nothing else', async () => {
    const [one, other] = [await newPerson(app), await newPerson(app)];
    const asked = { ...user(one.id), action: 'User.trustedDevices' };
    const owning = { allowed: true, because: { via: 'owner' } };
    expect(await explained(admin, { ...asked, resource: { type: 'user', id: one.id } })).toMatchObject(
      owning,
    );
    expect(await explained(admin, { ...asked, resource: { type: 'user', id: other.id } })).toEqual(
      refused({ rule: 'the user it belongs to' }),
    );
    const { id } = await newApiKey(one.client);
    const revoking = { action: 'revokeApiKey', resource: { type: 'api_key', id } };
    expect(await explained(admin, { ...user(one.id), ...revoking })).toMatchObject(owning);
    expect(await explained(admin, { ...user(other.id), ...revoking })).toEqual(
      refused({ permission: 'api_keys:revoke' }),
    );
  });

  test('may do nothing when they are deactivated, deleted, or were never there', async () => {
    const [one, other] = [await newPerson(app), await newPerson(app)];
    await changed(admin, 'deactivateUser', { userId: one.id });
    expect((await change(admin, 'deleteUser', { userId: other.id })).errors).toEqual([]);
    for (const id of [one.id, other.id, newId()]) {
      expect(await explained(admin, { ...user(id), action: 'viewer' })).toEqual(UNUSABLE);
    }
  });
});

test('a service account is explained until it is disabled', async () => {
  const { clientId } = await newService(admin, { roles: ['resource_server'] });
  const asked = { principalKind: 'SERVICE_ACCOUNT', principalId: clientId };
  expect(await explained(admin, { ...asked, action: 'tokens:introspect' })).toMatchObject({
    because: { role: 'resource_server', via: 'role' },
  });
  expect(await explained(admin, { ...asked, action: 'changePassword' })).toEqual(
    refused({ rule: 'a signed-in user' }),
  );
  const disabling = 'mutation ($id: UUID!) { disableServiceAccount(input: { id: $id }) { __typename } }';
  expect((await admin.send(disabling, { id: clientId })).errors).toEqual([]);
  expect(await explained(admin, { ...asked, action: 'tokens:introspect' })).toEqual(UNUSABLE);
  // Its id is no user’s, whatever the asker takes it for.
  expect(await explained(admin, { ...user(clientId), action: 'viewer' })).toEqual(UNUSABLE);
});

test('an API key is explained by its scopes and the role of its owner, until it ends', async () => {
  const { client, id: ownerId } = await newDelegate(app, admin, ['users:list', 'users:read']);
  const { id } = await newApiKey(client, { scopes: ['users:list'] });
  const asked = { principalKind: 'API_KEY', principalId: id };
  const answer = await explained(admin, { ...asked, action: 'users:list' });
  expect(answer).toMatchObject({ because: { role: expect.stringMatching(/^role-/), via: 'scope' } });
  expect(await explained(admin, { ...asked, action: 'users:read' })).toEqual(
    refused({ permission: 'users:read' }),
  );
  const { role } = (answer as { because: { role: string } }).because;
  await changed(admin, 'revokeRole', { userId: ownerId, role });
  expect(await explained(admin, { ...asked, action: 'users:list' })).toEqual(
    refused({ permission: 'users:list' }),
  );
  expect((await revokeApiKey(client, id)).errors).toEqual([]);
  expect(await explained(admin, { ...asked, action: 'viewer' })).toEqual(UNUSABLE);
});

test('it is for access:explain alone', async () => {
  const { client, id } = await newPerson(app);
  const asked = { ...user(id), action: 'viewer' };
  const all = [...app.services.registry].filter((name) => name !== 'access:explain');
  const almost = await newDelegate(app, admin, all);
  const explainer = await newDelegate(app, admin, ['access:explain']);
  const { secret } = await newApiKey(client);
  expect((await explainAccess(app.client(), asked)).code).toBe('UNAUTHENTICATED');
  expect((await explainAccess(client, asked)).code).toBe('FORBIDDEN');
  expect((await explainAccess(almost.client, asked)).code).toBe('FORBIDDEN');
  const key = app.client();
  key.accessToken = secret;
  expect((await explainAccess(key, asked)).code).toBe('FORBIDDEN');
  expect((await explainAccess(explainer.client, asked)).errors).toEqual([]);
});

test.each([
  ['an action that is none', { action: 'users:fly' }, 'ACCESS_ACTION_UNKNOWN'],
  ['an address that is none', { ip: 'here' }, 'INVALID_INPUT'],
  ['an action without end', { action: 'x'.repeat(201) }, 'INVALID_INPUT'],
  ['a resource without a type', { resource: { type: '' } }, 'INVALID_INPUT'],
])('%s is refused', async (_what, input, code) => {
  const asked = { ...user(admin.userId ?? ''), action: 'viewer', ...input };
  expect((await explainAccess(admin, asked)).code).toBe(code);
});

test('an unknown action is refused for those who are not there either', async () => {
  expect((await explainAccess(admin, { ...user(newId()), action: 'users:fly' })).code).toBe(
    'ACCESS_ACTION_UNKNOWN',
  );
});
