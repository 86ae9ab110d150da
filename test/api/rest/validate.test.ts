import { afterAll, beforeAll, expect, test } from 'vitest';
import { User } from '../../../src/features/users/user.entity.js';
import { claimsOf, newPerson, newService, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const validate = async (client: Client, init: RequestInit & { query?: string } = {}) =>
  await client.fetch(`/auth/validate${init.query ?? ''}`, init);
const identityOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-auth-')));

test('a good token is 200 with the identity in headers and no body', async () => {
  const { client, id } = await newPerson(app);
  const response = await validate(client);
  expect(response.status).toBe(200);
  expect(identityOf(response)).toEqual({
    'x-auth-subject': id,
    'x-auth-principal-type': 'user',
    'x-auth-session': claimsOf(client.accessToken).sid,
    'x-auth-roles': '',
    'x-auth-scopes': '',
    'x-auth-email': '',
  });
  expect(await response.text()).toBe('');
  expect(response.headers.get('cache-control')).toContain('no-store');
});

test('roles and permissions are those of this moment, as percent-encoded lists', async () => {
  const response = await validate(await app.adminClient());
  const { 'x-auth-roles': roles, 'x-auth-scopes': scopes = '' } = identityOf(response);
  expect(roles).toBe('system_admin');
  expect(scopes.split(',').map(decodeURIComponent).toSorted()).toEqual([...app.services.registry].toSorted());
});

test('HEAD answers as GET does', async () => {
  const { client } = await newPerson(app);
  const [get, head] = [await validate(client), await validate(client, { method: 'HEAD' })];
  expect([head.status, identityOf(head)]).toEqual([200, identityOf(get)]);
  expect((await validate(app.client(), { method: 'HEAD' })).status).toBe(401);
});

test('only a proved address reaches the header, and that as ASCII', async () => {
  const email = `o'brien+tag@example.com`;
  const client = app.client();
  await client.signUp({ email, password: PASSWORD });
  await client.login({ email, password: PASSWORD });
  expect((await validate(client)).headers.get('x-auth-email')).toBe('');
  await app.services.em.fork().nativeUpdate(User, { email }, { emailVerifiedAt: new Date() });
  await client.login({ email, password: PASSWORD });
  expect(decodeURIComponent((await validate(client)).headers.get('x-auth-email') ?? '')).toBe(email);
});

test('without a token it is 401 with a bare challenge: nothing was wrong, nothing was shown', async () => {
  const response = await validate(app.client());
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
  expect(await response.text()).toBe('');
});

test.each([
  ['not a token', 'Bearer not.a.token', 'The access token is not valid.'],
  ['malformed', 'Bearer a b', 'The access token is not valid.'],
  ['of another scheme', 'Basic bm9ib2R5Om5vdGhpbmc=', 'The access token is not valid.'],
  ['empty', 'Bearer', 'The access token is not valid.'],
])('a credential that is %s is 401 invalid_token', async (_, authorization, reason) => {
  const response = await validate(app.client(), { headers: { authorization } });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(
    `Bearer realm="latchkey", error="invalid_token", error_description="${reason}"`,
  );
  expect(identityOf(response)).toEqual({});
});

test('an expired token, an ended session and a token for another audience are 401 and say which', async () => {
  const challengeOf = async (client: Client) => (await validate(client)).headers.get('www-authenticate');
  const expired = await newPerson(app);
  clock.advance(900);
  expect(await challengeOf(expired.client)).toContain('The access token has expired');
  const ended = await newPerson(app);
  await ended.client.send('mutation { logout { ok } }');
  expect(await challengeOf(ended.client)).toContain('The session has ended');
  // A service account's secret is no user.
  const { basic } = await newService(await app.adminClient());
  expect((await validate(app.client(), { headers: { authorization: basic } })).status).toBe(401);
});

test('a gateway in front of another API names its audience, and lets only tokens for it through', async () => {
  const admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: 'orders-api', description: '' } });
  const { client: own, email } = await newPerson(app);
  const other = app.client();
  await other.login({ email, password: PASSWORD, audience: 'orders-api' });
  const status = async (client: Client, query: string) => (await validate(client, { query })).status;
  expect(await status(other, '?audience=orders-api')).toBe(200);
  expect(await status(other, '')).toBe(401);
  expect(await status(own, '?audience=orders-api')).toBe(401);
  expect(await status(own, '?audience=http%3A%2F%2Flocalhost%3A3000')).toBe(200);
});

test('an audience that nobody knows is that of no token', async () => {
  const { client } = await newPerson(app);
  expect((await validate(client, { query: '?audience=unknown' })).status).toBe(401);
});

test('it never redirects, whoever asks and whatever they accept', async () => {
  for (const accept of ['text/html', '*/*', 'application/json']) {
    const response = await validate(app.client(), { headers: { accept } });
    expect([response.status, response.headers.get('location')]).toEqual([401, null]);
  }
});

test('other methods are refused with the ones that would do', async () => {
  const response = await validate(app.client(), { method: 'POST' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
