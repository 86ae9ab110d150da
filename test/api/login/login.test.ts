import { hash } from 'argon2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { errors } from '../../../src/kernel/errors.js';
import { auditNamesOf, claimsOf, newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

test('the right password gives tokens that /auth/validate accepts', async () => {
  const client = app.client();
  const answer = await client.login(ADMIN);
  expect(answer.data?.['login'].__typename).toBe('LoginSucceeded');
  const validated = await client.fetch('/auth/validate');
  expect(validated.status).toBe(200);
  expect(validated.headers.get('x-auth-subject')).toBe(client.userId);
});

test('a wrong password, an unknown address and an unreadable one get the same answer', async () => {
  const wrong = await app.client().login({ ...ADMIN, password: 'wrong' });
  const unknown = await app.client().login({ email: 'nobody@example.com', password: 'wrong' });
  const unreadable = await app.client().login({ email: 'not an address', password: 'wrong' });
  for (const answer of [wrong, unknown, unreadable]) {
    expect(answer.status).toBe(401);
    expect(answer.data).toBeNull();
    expect(answer.errors.map(({ message, extensions }) => [message, extensions['code']])).toEqual([
      ['The credentials are not right.', 'INVALID_CREDENTIALS'],
    ]);
  }
});

test('a deactivated account gets the answer of a wrong password, the right one in hand', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, `update users set status = 'deactivated' where id = ?`, [id]);
  const right = await app.client().login({ email, password: PASSWORD });
  const wrong = await app.client().login({ email, password: 'wrong' });
  const publicPart = ({ status, data, errors: [error] }: typeof right) => [
    status,
    data,
    error?.message,
    error?.extensions['code'],
  ];
  expect(publicPart(right)).toEqual([401, null, 'The credentials are not right.', 'INVALID_CREDENTIALS']);
  expect(publicPart(wrong)).toEqual(publicPart(right));
});

test('the access token carries the claims of RFC 9068 and of its session', async () => {
  const client = await app.adminClient();
  const [header = ''] = (client.accessToken ?? '').split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
    alg: 'ES256',
    typ: 'at+jwt',
  });
  const claims = claimsOf(client.accessToken);
  expect(claims).toEqual({
    iss: 'http://localhost:3000',
    aud: 'http://localhost:3000',
    sub: client.userId,
    exp: expect.any(Number),
    iat: expect.any(Number),
    jti: expect.any(String),
    client_id: 'first-party',
    sid: expect.any(String),
    auth_time: expect.any(Number),
    amr: ['pwd'],
    acr: 'aal1',
    scope: expect.stringContaining('users:list'),
    roles: ['system_admin'],
  });
  expect(Number(claims['exp']) - Number(claims['iat'])).toBe(900);
});

test('a token is minted for a registered audience and for no other', async () => {
  const admin = await app.adminClient();
  await admin.send(
    'mutation ($input: RegisterAudienceInput!) { registerAudience(input: $input) { audience { id } } }',
    {
      input: { identifier: 'orders-api' },
    },
  );
  const client = app.client();
  await client.login({ ...ADMIN, audience: 'orders-api' });
  expect(claimsOf(client.accessToken)['aud']).toBe('orders-api');
  // And that token opens nothing here.
  expect((await client.send('{ viewer { id } }')).code).toBe('TOKEN_INVALID');
  const unknown = await app.client().login({ ...ADMIN, audience: 'nobody-registered-this' });
  expect([unknown.status, unknown.code]).toEqual([422, 'AUDIENCE_UNKNOWN']);
});

test('an unknown audience opens no session, whatever the password', async () => {
  const { email, id } = await newPerson(app);
  const sessions = async () => await sql(app, 'select id from sessions where user_id = ?', [id]);
  const before = await sessions();
  const answers = [
    await app.client().login({ email, password: PASSWORD, audience: 'unknown' }),
    await app.client().login({ email, password: 'wrong', audience: 'unknown' }),
  ];
  expect(answers.map(({ code }) => code)).toEqual(['AUDIENCE_UNKNOWN', 'AUDIENCE_UNKNOWN']);
  expect(await sessions()).toEqual(before);
});

test('success and failure are audited, the failure with the account it was about', async () => {
  const { email, id } = await newPerson(app);
  await app.client().login({ email, password: 'wrong' });
  const unknown = newAddress();
  await app.client().login({ email: unknown, password: 'wrong' });
  const admin = await app.adminClient();
  expect(await auditNamesOf(admin, id)).toEqual(
    expect.arrayContaining(['login.succeeded', 'session.created']),
  );
  const { data } = await admin.send(
    `{ auditEvents(filter: { name: "login.failed" }) { edges { node {
      actorKind actorId userId subjectType subjectId payload personal } } } }`,
  );
  const failures = data?.['auditEvents'].edges.map(({ node }: { node: Record<string, unknown> }) => node);
  expect(failures).toContainEqual({
    actorKind: 'anonymous',
    actorId: null,
    userId: null,
    subjectType: 'user',
    subjectId: 'unknown',
    payload: { method: 'password', factor: null },
    personal: { ip: '127.0.0.1', userAgent: 'node', account: unknown },
  });
  expect(failures).toContainEqual(
    expect.objectContaining({
      userId: id,
      subjectId: id,
      personal: expect.objectContaining({ account: email }),
    }),
  );
});

test('a password is hashed anew when the cost parameters have changed, and still opens the account', async () => {
  const { email, id } = await newPerson(app);
  const hashOf = async () => {
    const [row] = await sql(app, 'select hash from passwords where user_id = ?', [id]);
    return String(row?.['hash']);
  };
  // As it would have been hashed under AUTH_PASSWORD_HASH_TIME=2.
  const old = await hash(PASSWORD, { type: 2, memoryCost: 2048, timeCost: 2, parallelism: 1 });
  await sql(app, 'update passwords set hash = ? where user_id = ?', [old, id]);
  expect((await app.client().login({ email, password: 'wrong' })).code).toBe('INVALID_CREDENTIALS');
  expect(await hashOf()).toBe(old);
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
  expect(await hashOf()).toContain('$argon2id$v=19$m=1024,t=1,p=1$');
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
});

test('a hash that cannot be renewed now is renewed later: the sign-in stands', async () => {
  const { email, id } = await newPerson(app);
  const old = await hash(PASSWORD, { type: 2, memoryCost: 2048, timeCost: 2, parallelism: 1 });
  await sql(app, 'update passwords set hash = ? where user_id = ?', [old, id]);
  const rehash = vi.spyOn(app.services.passwords, 'rehash');
  rehash.mockRejectedValueOnce(errors.SERVER_BUSY({ retryAfter: 1 }));
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
  expect(rehash).toHaveBeenCalledTimes(2);
  rehash.mockRestore();
});

test('a network that tries too often is told to wait, right or wrong', async () => {
  const strict = await startTestApp({ config: { rateLimits: { loginsPerMinute: 2 } } });
  try {
    await strict.client().login(ADMIN);
    await strict.client().login({ email: newAddress(), password: 'wrong' });
    const third = await strict.client().login(ADMIN);
    expect([third.status, third.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await strict.close();
  }
});
