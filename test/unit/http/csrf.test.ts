import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearCookie, cookieNames, cookies, setCookie } from '../../../src/http/cookies.js';
import { CsrfGuard } from '../../../src/http/csrf.js';
import { errorHandler } from '../../../src/http/error-handler.js';
import { Secret } from '../../../src/kernel/secret.js';

const policy = {
  cors: { origins: ['https://app.test'], originPatterns: [] },
  publicUrl: 'https://auth.test',
};
const secret = new Secret('a'.repeat(32));
const older = new Secret('b'.repeat(32));
const guard = new CsrfGuard({ ...policy, cookies: { secret, oldSecrets: [older] } });

let app: FastifyInstance;

beforeEach(async () => {
  app = Fastify();
  await app.register(errorHandler, { isUnavailable: () => false });
  await app.register(cookies);
  app.route({
    method: ['GET', 'POST'],
    url: '/change',
    handler: async (request) => {
      guard.assertGenuine(request, 'session-1');
      return 'changed';
    },
  });
  app.get('/set', async (_request, reply) => {
    for (const name of Object.values(cookieNames)) setCookie(reply, name, 'value', 60.9);
    return 'set';
  });
  app.get('/clear', async (_request, reply) => {
    for (const name of Object.values(cookieNames)) clearCookie(reply, name);
    return 'cleared';
  });
});
afterEach(() => app.close());

function post(headers: Record<string, string | undefined>, token = guard.issue('session-1'), cookie = token) {
  return app.inject({
    method: 'POST',
    url: '/change',
    headers: { ...headers, 'x-csrf-token': token, cookie: `${cookieNames.csrf}=${cookie}` },
  });
}

describe('a request that a cookie authenticated', () => {
  const genuine = { origin: 'https://app.test' };

  it.each([
    genuine,
    { origin: 'https://auth.test', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
  ])('passes from one of our pages: %j', async (headers) => {
    expect((await post(headers)).body).toBe('changed');
  });

  it.each([
    {},
    { origin: 'null' },
    { origin: 'https://evil.test' },
    { origin: 'https://app.test.evil' },
    { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { referer: 'https://app.test/' },
  ])('is refused from elsewhere: %j', async (headers) => {
    const answer = await post(headers);
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'CSRF_REFUSED']);
  });

  it('is refused with the token of another session, another secret, a changed one, half of one or none', async () => {
    const foreign = new CsrfGuard({
      ...policy,
      cookies: { secret: new Secret('c'.repeat(32)), oldSecrets: [] },
    });
    const token = guard.issue('session-1');
    const bad = [
      guard.issue('session-2'),
      foreign.issue('session-1'),
      `x${token}`,
      `${token}.x`,
      token.split('.')[0] ?? '',
      '.',
      '',
    ];
    for (const value of bad) expect((await post(genuine, value)).statusCode).toBe(403);
    expect((await post(genuine, token, guard.issue('session-1'))).statusCode).toBe(403);
    const bare = { method: 'POST', url: '/change', headers: genuine } as const;
    expect((await app.inject(bare)).statusCode).toBe(403);
  });

  it('passes with a token from before the secret was rotated', async () => {
    const before = new CsrfGuard({ ...policy, cookies: { secret: older, oldSecrets: [] } });
    expect((await post(genuine, before.issue('session-1'))).body).toBe('changed');
  });

  it('needs no proof to read', async () => {
    expect((await app.inject({ url: '/change' })).body).toBe('changed');
  });
});

describe('our cookies', () => {
  it('are bound to the host, over https, and hidden from scripts unless they are for scripts', async () => {
    const set = (await app.inject({ url: '/set' })).headers['set-cookie'];
    expect(set).toEqual([
      '__Host-latchkey_access=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-latchkey_refresh=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict',
      '__Host-latchkey_csrf=value; Max-Age=60; Path=/; Secure; SameSite=Lax',
    ]);
  });

  it('are cleared with the attributes they were set with', async () => {
    const attributes = (url: string) =>
      app
        .inject({ url })
        .then(({ headers }) =>
          [headers['set-cookie'] ?? []]
            .flat()
            .map((line) => line.replace(/=value|=(?=;)/, '').replace(/ (Max-Age|Expires)=[^;]*;/g, '')),
        );
    expect(await attributes('/clear')).toEqual(await attributes('/set'));
  });
});
