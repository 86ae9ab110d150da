import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, type Person, type Service, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { newApiKey, type NewApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { newVerifiedPerson } from '../../support/email-flows.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { mailedReset, NEW_PASSWORD, reset } from '../../support/passwords.js';

const RESET = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { sessionsEnded } }';

let app: TestApp;
let admin: Client;
let owner: Person;
let key: NewApiKey;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  owner = await newDelegate(app, admin, ['users:read', 'users:list']);
  key = await newApiKey(owner.client, { scopes: ['users:read', 'users:list'] });
});
afterAll(async () => await app.close());

const viewer = async ({ secret }: NewApiKey) =>
  await app.client().send(VIEWER_OF_KEY, {}, { authorization: `Bearer ${secret}` });

describe('POST /auth/introspect with a key', () => {
  const introspect = async ({ basic }: Service, token: string) => {
    const init = { method: 'POST', headers: { authorization: basic } };
    return await app.client().fetch('/auth/introspect', { ...init, body: new URLSearchParams({ token }) });
  };

  test('tells whoever owns the audience of this API whose it is, and what it may do now', async () => {
    const answer = await (await introspect(await newService(admin), key.secret)).json();
    const [row] = await sql(
      app,
      'select floor(extract(epoch from expires_at))::int as exp from api_keys where id = ?',
      [key.id],
    );
    expect(answer).toEqual({
      active: true,
      token_type: 'Bearer',
      principal_type: 'api_key',
      owner_type: 'user',
      iss: app.services.issuer,
      aud: app.services.ownAudience,
      sub: owner.id,
      key_id: key.id,
      exp: row?.['exp'],
      scope: 'users:list users:read',
      roles: [],
      permissions: ['users:list', 'users:read'],
    });
  });

  test('tells nobody else more than that it is not active', async () => {
    const input = { input: { identifier: 'https://orders.example.com' } };
    const registered = await admin.send(
      'mutation ($input: RegisterAudienceInput!) { registerAudience(input: $input) { audience { id } } }',
      input,
    );
    expect(registered.errors).toEqual([]);
    const other = await newService(admin, { audiences: ['https://orders.example.com'] });
    expect(await (await introspect(other, key.secret)).text()).toBe('{"active":false}');
    expect((await introspect(await newService(admin, { roles: [] }), key.secret)).status).toBe(403);
  });

  test('does not take a key for the client that asks', async () => {
    const strong = await newApiKey(admin, { scopes: ['tokens:introspect'] });
    const answer = await introspect(
      { clientId: '', clientSecret: '', basic: `Bearer ${strong.secret}` },
      key.secret,
    );
    expect(answer.status).toBe(401);
  });
});

describe('GET /auth/validate with a key', () => {
  const validate = async (path: string, headers: Record<string, string>, method = 'GET') =>
    await app.client().fetch(path, { method, headers });
  const identity = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-auth-')));

  test('names its owner and its rights, in either header and by HEAD, and neither a session nor an address', async () => {
    const seen = {
      'x-auth-subject': owner.id,
      'x-auth-principal-type': 'api_key',
      'x-auth-roles': '',
      'x-auth-scopes': 'users%3Alist,users%3Aread',
      'x-auth-session': '',
      'x-auth-email': '',
    };
    const either: Record<string, string>[] = [
      { 'x-api-key': key.secret },
      { authorization: `Bearer ${key.secret}` },
    ];
    for (const headers of either) {
      for (const method of ['GET', 'HEAD']) {
        const response = await validate('/auth/validate', headers, method);
        expect([response.status, await response.text(), identity(response)]).toEqual([200, '', seen]);
      }
    }
  });

  test('refuses it for every audience but that of this API', async () => {
    const own = encodeURIComponent(app.services.ownAudience);
    const statusFor = async (query: string) =>
      (await validate(`/auth/validate?${query}`, { 'x-api-key': key.secret })).status;
    expect(await statusFor(`audience=${own}`)).toBe(200);
    expect(await statusFor('audience=orders')).toBe(401);
  });
});

describe('a reset of the password', () => {
  test('leaves the keys of the account by default: the services that use them go on', async () => {
    const person = await newVerifiedPerson(app);
    const kept = await newApiKey(person.client);
    expect((await reset(app.client(), await mailedReset(app, person.email))).errors).toEqual([]);
    expect((await viewer(kept)).status).toBe(200);
  });

  test('ends them all, and nobody else’s, when its owner wishes it', async () => {
    const person = await newPerson(app);
    const [one, two] = [await newApiKey(person.client), await newApiKey(person.client)];
    const token = await mailedReset(app, person.email);
    const input = { token, newPassword: NEW_PASSWORD, revokeApiKeys: true };
    expect((await app.client().send(RESET, { input })).errors).toEqual([]);
    for (const each of [one, two]) expect((await viewer(each)).code).toBe('API_KEY_INVALID');
    expect((await viewer(key)).status).toBe(200);
    const reasons = await sql(app, 'select revoke_reason from api_keys where owner_id = ?', [person.id]);
    expect(reasons).toEqual([{ revoke_reason: 'password_reset' }, { revoke_reason: 'password_reset' }]);
  });
});
