import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService, type Person, type Service } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
let alice: Person;
let bob: Person;
let service: Service;
beforeAll(async () => {
  app = await startTestApp();
  alice = await newPerson(app);
  bob = await newPerson(app);
  service = await newService(await app.adminClient());
});
afterAll(() => app.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SECRET = `lks_${'a'.repeat(43)}`;
const ID = '00000000-0000-7000-8000-000000000000';

/** Values of `Authorization` that prove nothing. */
const malformed: readonly string[] = [
  'Bearer',
  'bearer',
  'Bearer ',
  'Bearer  ',
  'Bearer null',
  'Bearer undefined',
  'Bearer a b',
  'Bearer ,',
  'Bearer "x"',
  'Bearer {}',
  'Bearer [object Object]',
  'Bearer %00',
  'Bearer \u00e4',
  'Bearer ....',
  `Bearer ${'='.repeat(100)}`,
  `Bearer ${'x'.repeat(9_000)}`,
  'Bearer: x',
  'Bearer=x',
  'Bearerx',
  'Bearer\tx',
  'BEARER x',
  'Basic',
  'Basic ',
  'Basic x',
  'Basic :',
  'Basic ====',
  `Basic ${base64('')}`,
  `Basic ${base64(':')}`,
  `Basic ${base64('a')}`,
  `Basic ${base64('a:b')}`,
  `Basic ${base64('%:%')}`,
  `Basic ${base64('%zz:%zz')}`,
  `Basic ${base64('\u0000:\u0000')}`,
  `Basic ${base64(`${ID}:`)}`,
  `Basic ${base64(`${ID}:${SECRET}`)}`,
  `Basic ${base64(`' or 1=1--:${SECRET}`)}`,
  `Basic ${base64(`${ID}:${SECRET}:x`)}`,
  `Basic ${Buffer.from([255, 254, 58, 253]).toString('base64')}`,
  `Basic ${base64('x'.repeat(6_000))}`,
  'Digest username="a"',
  'Negotiate abc',
  'DPoP x',
  'Token x',
  'x',
  ',',
  '=',
  '{}',
  'null',
  'Bearer x, Basic y',
  `Basic ${base64('a:b')}, Bearer x`,
];

describe('a malformed Authorization header', () => {
  test(`in each of its forms is answered with 401 and a code by GraphQL, never with 5xx`, async () => {
    expect(malformed.length).toBeGreaterThanOrEqual(40);
    const codes = new Set<string | undefined>();
    for (const authorization of malformed) {
      const answer = await app.client().send('{ viewer { id } }', {}, { authorization });
      expect(answer.status, authorization).toBe(401);
      codes.add(answer.code);
    }
    expect(codes).toEqual(new Set(['CLIENT_INVALID', 'CREDENTIAL_INVALID', 'TOKEN_INVALID']));
  });

  test('is answered with 401 and a challenge by /auth/validate', async () => {
    for (const authorization of malformed) {
      const response = await app.client().fetch('/auth/validate', { headers: { authorization } });
      expect(response.status, authorization).toBe(401);
      expect(response.headers.get('www-authenticate'), authorization).toMatch(/^Bearer realm=/);
      expect(await response.text()).toBe('');
    }
  });

  test('is answered with 401 and a challenge in its own scheme by /auth/introspect', async () => {
    for (const authorization of malformed) {
      const body = new URLSearchParams({ token: alice.client.accessToken ?? '' });
      const response = await app.client().fetch('/auth/introspect', {
        method: 'POST',
        headers: { authorization },
        body,
      });
      expect(response.status, authorization).toBe(401);
      const isBearer = /^bearer(?: |$)/i.test(authorization);
      const error = isBearer ? 'invalid_token' : 'invalid_client';
      expect(await response.json(), authorization).toMatchObject({ error });
      expect(response.headers.get('www-authenticate')).toMatch(isBearer ? /^Bearer realm=/ : /^Basic realm=/);
    }
  });

  test('does not keep anybody from signing in, which needs no credential', async () => {
    const answer = await app
      .client()
      .send('mutation { logout { ok } }', {}, { authorization: 'Bearer of no token' });
    expect(answer.errors).toEqual([]);
  });
});

describe('of two credentials in one request', () => {
  const viewer = (headers: Record<string, string>) => app.client().send('{ viewer { id } }', {}, headers);

  test('a bad Bearer token is not made up for by a key beside it', async () => {
    for (const apiKey of ['x', service.clientSecret, alice.client.accessToken ?? '']) {
      const answer = await viewer({ authorization: 'Bearer x.y.z', 'x-api-key': apiKey });
      expect(answer.code).toBe('TOKEN_INVALID');
    }
  });

  test('a bad Basic pair is not made up for by a key beside it', async () => {
    const headers = { authorization: `Basic ${base64('a:b')}`, 'x-api-key': alice.client.accessToken ?? '' };
    expect((await viewer(headers)).code).toBe('CLIENT_INVALID');
  });

  test('a key of an unknown kind is refused, not ignored', async () => {
    for (const apiKey of ['x', '', service.clientSecret, alice.client.accessToken ?? '']) {
      const answer = await viewer({ 'x-api-key': apiKey });
      expect(answer.status).toBe(401);
      expect(answer.code).toBe('API_KEY_INVALID');
    }
  });

  test('in one header neither is taken', async () => {
    const token = alice.client.accessToken ?? '';
    const pairs = [
      `Bearer ${token}, ${service.basic}`,
      `${service.basic}, Bearer ${token}`,
      `Bearer ${token} ${token}`,
    ];
    for (const authorization of pairs) {
      expect((await viewer({ authorization })).status, authorization).toBe(401);
    }
  });

  test('in two headers the first decides, and a bad first is not made up for by the second', async () => {
    const good = `Bearer ${alice.client.accessToken}`;
    expect(await validateWithHeaders(['Authorization', good])).toBe(200);
    expect(await validateWithHeaders(['Authorization', 'Bearer x', 'Authorization', good])).toBe(401);
    expect(await validateWithHeaders(['Authorization', service.basic, 'Authorization', good])).toBe(401);
    expect(await validateWithHeaders(['Authorization', '', 'authorization', good])).toBe(401);
  });

  test('Basic and client_secret_post together are refused, whichever is right', async () => {
    const right = { client_id: service.clientId, client_secret: service.clientSecret };
    const wrong = { client_id: service.clientId, client_secret: SECRET };
    const wrongBasic = `Basic ${base64(`${service.clientId}:${SECRET}`)}`;
    for (const [authorization, form] of [
      [service.basic, right],
      [service.basic, wrong],
      [wrongBasic, right],
    ] as const) {
      const body = new URLSearchParams({ token: alice.client.accessToken ?? '', ...form });
      const init = { method: 'POST', headers: { authorization }, body };
      const response = await app.client().fetch('/auth/introspect', init);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
  });
});

describe('a credential in another place than its own', () => {
  test('is not one: an access token in a query string, a body or a cookie', async () => {
    const token = alice.client.accessToken ?? '';
    const client = app.client();
    expect((await client.fetch(`/auth/validate?access_token=${token}`)).status).toBe(403);
    expect(
      (await client.fetch('/auth/validate', { headers: { cookie: `access_token=${token}` } })).status,
    ).toBe(401);
    const answer = await client.send('{ viewer { id } }', {
      access_token: token,
      authorization: `Bearer ${token}`,
    });
    expect(answer.code).toBe('UNAUTHENTICATED');
  });

  test('is not one: a refresh token, a client secret or a user’s password as a Bearer token', async () => {
    for (const wrong of [alice.client.refreshToken, service.clientSecret, service.clientId, alice.id]) {
      const headers = { authorization: `Bearer ${wrong}` };
      expect((await app.client().fetch('/auth/validate', { headers })).status).toBe(401);
      expect((await app.client().send('{ viewer { id } }', {}, headers)).code).toBe('TOKEN_INVALID');
    }
  });

  test('is not one: an access token to refresh with', async () => {
    expect((await app.client().refresh(alice.client.accessToken)).code).toMatch(
      /REFRESH_INVALID|INVALID_INPUT/,
    );
  });
});

describe('tokens of two people, two hundred times in turns', () => {
  test('give the right subject each time, at /auth/validate and over GraphQL', async () => {
    const devices = [
      alice.client,
      bob.client,
      await anotherDevice(app, alice),
      await anotherDevice(app, bob),
    ];
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const client = devices[n % devices.length] ?? alice.client;
        const [validated, viewer] = await Promise.all([
          client.fetch('/auth/validate'),
          client.send('{ viewer { id } }'),
        ]);
        return [client.userId, validated.headers.get('x-auth-subject'), viewer.data?.['viewer'].id];
      }),
    );
    for (const [expected, validated, viewed] of answers) {
      expect(validated).toBe(expected);
      expect(viewed).toBe(expected);
    }
    expect(new Set(answers.map(([id]) => id)).size).toBe(2);
  });
});

/** Sends headers as they stand, repeated ones included, which fetch would join. */
async function validateWithHeaders(headers: string[]): Promise<number | undefined> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: '/auth/validate', headers: ['Host', 'localhost', ...headers] };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
