import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';
import { disableServiceAccount, machineToken, newServiceAccount } from '../../support/service-accounts.js';

const NAMES = ['subject', 'principal-type', 'session', 'roles', 'scopes', 'email'].map(
  (name) => `x-auth-${name}`,
);

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
/** Everybody who may list users and read the audit trail, by the header that they come with. */
const comers: Record<string, Record<string, string>> = {};
const ids: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: 'orders-api', description: '' } });
  const permissions = ['users:list', 'audit:read'];
  const user = await newDelegate(app, admin, permissions);
  const account = await newServiceAccount(admin, { roles: [await newRole(app, permissions)] });
  const key = await newApiKey(user.client, { scopes: permissions });
  Object.assign(ids, { user: user.id, machine: account.clientId, key: user.id, cookie: user.id });
  comers['user'] = { authorization: `Bearer ${user.client.accessToken}` };
  comers['machine'] = { authorization: `Bearer ${await machineToken(app.url, account)}` };
  comers['key'] = { 'x-api-key': key.secret };
  const { accessToken } = user.client;
  comers['cookie'] = { cookie: `${app.services.cookies.nameOf('access')}=${accessToken}` };
});
afterAll(async () => await app.close());

interface Validated {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: string;
  readonly headers: Headers;
}

async function validate(query: string, headers: Record<string, string> = {}): Promise<Validated> {
  const [response, head] = await Promise.all(
    ['GET', 'HEAD'].map((method) =>
      fetch(`${app.url}/auth/validate${query}`, { method, headers, redirect: 'manual' }),
    ),
  );
  if (!response || !head) throw new Error('fetch answers.');
  const challenge = response.headers.get('www-authenticate');
  // Whatever is asked in this file, HEAD answers as GET does.
  const told = ({ status, headers: given }: Response) =>
    [status, given.get('www-authenticate'), ...NAMES.map((name) => given.get(name))] as const;
  expect(told(head)).toEqual(told(response));
  expect(await head.text()).toBe('');
  return { status: response.status, challenge, body: await response.text(), headers: response.headers };
}

describe.each(['user', 'machine', 'key', 'cookie'])('a %s', (who) => {
  const ask = async (query: string) => await validate(query, comers[who]);

  test('is told with all six headers, and without a body', async () => {
    const { status, headers, body } = await ask('');
    expect([status, body]).toEqual([200, '']);
    const isUser = who === 'user' || who === 'cookie';
    expect(headers.get('x-auth-subject')).toBe(ids[who]);
    const kinds: Record<string, string> = { machine: 'service_account', key: 'api_key' };
    expect(headers.get('x-auth-principal-type')).toBe(kinds[who] ?? 'user');
    expect(headers.get('x-auth-session')).toMatch(isUser ? /^[0-9a-f-]{36}$/ : /^$/);
    expect(headers.get('x-auth-scopes')?.split(',').map(decodeURIComponent).toSorted()).toEqual([
      'audit:read',
      'users:list',
    ]);
    for (const name of NAMES) expect([name, headers.has(name)]).toEqual([name, true]);
  });

  test.each(['?scope=users:list', '?permission=users:list', '?scope=users:list&permission=audit:read'])(
    'gets through %s',
    async (query) => expect((await ask(query)).status).toBe(200),
  );

  test.each<[string, string]>([
    ['?scope=users:list+roles:manage', 'users:list roles:manage'],
    ['?scope=users%3Alist%20roles%3Amanage', 'users:list roles:manage'],
    ['?permission=roles:manage', 'roles:manage'],
    ['?scope=users:list&permission=roles:manage', 'users:list roles:manage'],
    ['?scope=users:list,audit:read', 'users:list,audit:read'],
    ['?scope=USERS:LIST', 'USERS:LIST'],
    ['?scope=*', '*'],
  ])('does not get through %s, and hears what is needed', async (query, scope) => {
    const { status, challenge, body } = await ask(query);
    expect([status, body]).toEqual([403, '']);
    expect(challenge).toBe(`Bearer realm="latchkey", error="insufficient_scope", scope="${scope}"`);
  });

  test('needs the very role, whatever it may do', async () => {
    const { headers } = await ask('');
    const [role = ''] = (headers.get('x-auth-roles') ?? '').split(',').map(decodeURIComponent);
    if (who === 'key') expect(role).toBe('');
    else expect((await ask(`?role=${encodeURIComponent(role)}`)).status).toBe(200);
    const refused = await ask('?role=system_admin');
    expect([refused.status, refused.challenge]).toEqual([
      403,
      'Bearer realm="latchkey", error="insufficient_scope"',
    ]);
  });

  test('has proved who they are lately only if it is a user', async () => {
    const { status, challenge } = await ask('?max_auth_age=600');
    if (who === 'user' || who === 'cookie') return expect(status).toBe(200);
    expect(status).toBe(401);
    expect(challenge).toContain('error="insufficient_user_authentication"');
    expect(challenge).toContain('max_age="600"');
    return expect((await ask('?max_auth_age=999999999')).status).toBe(401);
  });

  test('is nobody for an audience that the credential was not made for', async () => {
    const { status, challenge } = await ask('?audience=orders-api');
    expect(status).toBe(401);
    expect(challenge).toContain('error="invalid_token"');
  });
});

test('a proof that is too old is asked for anew, and a permission that is missing comes first', async () => {
  const { client } = await newPerson(app);
  const headers = { authorization: `Bearer ${client.accessToken}` };
  clock.advance(100);
  expect((await validate('?max_auth_age=100', headers)).status).toBe(200);
  clock.advance(1);
  const { status, challenge } = await validate('?max_auth_age=100', headers);
  expect([status, challenge]).toEqual([
    401,
    'Bearer realm="latchkey", error="insufficient_user_authentication", ' +
      'error_description="A more recent proof of the user is needed.", max_age="100"',
  ]);
  expect((await validate('?max_auth_age=100&scope=users:list', headers)).status).toBe(403);
  expect((await validate('?max_auth_age=0', headers)).status).toBe(401);
});

test('where the account has a second factor, the password alone is no proof', async () => {
  const { client, id } = await newPerson(app);
  const headers = { authorization: `Bearer ${client.accessToken}` };
  expect((await validate('?max_auth_age=600', headers)).status).toBe(200);
  // One that came about without this session, and did not end it.
  await sql(app, `update users set factor_kinds = '["totp"]' where id = ?`, [id]);
  await changed(admin, 'updateUser', { userId: id, displayName: 'Anew' });
  expect((await validate('?max_auth_age=600', headers)).status).toBe(401);
  expect((await validate('', headers)).status).toBe(200);
});

test('a machine’s token for another audience gets through where that one is asked for', async () => {
  const account = await newServiceAccount(admin, { allowedAudiences: ['orders-api'] });
  const token = await machineToken(app.url, account, { audience: 'orders-api' });
  const headers = { authorization: `Bearer ${token}` };
  expect((await validate('?audience=orders-api', headers)).status).toBe(200);
  expect((await validate('', headers)).status).toBe(401);
  await disableServiceAccount(admin, account.clientId);
  expect((await validate('?audience=orders-api', headers)).status).toBe(401);
});

test('a machine’s token in a cookie is nobody’s', async () => {
  const token = await machineToken(app.url, await newService(admin));
  const cookie = `${app.services.cookies.nameOf('access')}=${token}`;
  expect((await validate('', { cookie })).status).toBe(401);
});

describe('a question that is not understood lets nobody through', () => {
  test.each<[string, string | null]>([
    ['?scopes=users:list', null],
    ['?Scope=users:list', null],
    ['?scope[]=users:list', null],
    ['?__proto__=1', null],
    ['?&x', null],
    ['?scope=users:list&scope=audit:read', 'scope'],
    ['?audience=a&audience=b', 'audience'],
    ['?max_auth_age=1&max_auth_age=2', 'max_auth_age'],
    ['?scope=', 'scope'],
    ['?scope', 'scope'],
    ['?scope=%20users:list', 'scope'],
    ['?scope=users:list%20%20audit:read', 'scope'],
    ['?scope=users:list%0d%0aX-Auth-Subject:%20me', 'scope'],
    ['?scope=users:list%22', 'scope'],
    ['?scope=%00', 'scope'],
    ['?permission=%F0%9F%94%91', 'permission'],
    ['?audience=', 'audience'],
    ['?role=', 'role'],
    ['?role=a%20b', 'role'],
    ['?role=a%0ab', 'role'],
    ['?max_auth_age=', 'max_auth_age'],
    ['?max_auth_age=-1', 'max_auth_age'],
    ['?max_auth_age=1.5', 'max_auth_age'],
    ['?max_auth_age=1e3', 'max_auth_age'],
    ['?max_auth_age=0x10', 'max_auth_age'],
    ['?max_auth_age=NaN', 'max_auth_age'],
    ['?max_auth_age=99999999999', 'max_auth_age'],
    ['?max_auth_age=%20600', 'max_auth_age'],
  ])('%s', async (query, parameter) => {
    for (const headers of [comers['user'], comers['key'], {}]) {
      const { status, body, headers: given } = await validate(query, headers);
      expect(status).toBe(403);
      expect(given.get('content-type')).toContain('application/problem+json');
      const { code, details } = JSON.parse(body);
      expect([code, details.parameter ?? null]).toEqual(['GATEWAY_QUESTION_INVALID', parameter]);
      expect(given.has('x-auth-subject')).toBe(false);
    }
  });

  test('one that is too long', async () => {
    expect((await validate(`?scope=${'a'.repeat(5_000)}`, comers['user'])).status).toBe(403);
  });
});

test('a name that looks like a header stays in its own', async () => {
  const [role, plain] = [await newRole(app, ['users:list']), await newRole(app, [])];
  const odd = `${role}\r\nX-Auth-Subject: root,ä`;
  const person = await newPerson(app);
  await changed(admin, 'assignRole', { userId: person.id, role });
  await sql(app, 'update roles set name = ? where name = ?', [odd, role]);
  // Whatever changes the roles of somebody has them read anew.
  await changed(admin, 'assignRole', { userId: person.id, role: plain });
  const { status, headers } = await validate('', { authorization: `Bearer ${person.client.accessToken}` });
  expect([status, headers.get('x-auth-subject')]).toEqual([200, person.id]);
  expect(headers.get('x-auth-roles')?.split(',').map(decodeURIComponent)).toContain(odd);
});
