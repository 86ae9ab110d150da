import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cors } from '../../../src/http/cors.js';

const settings = {
  origins: ['https://app.test', 'http://localhost:5173'],
  originPatterns: ['https://[a-z0-9-]+\\.preview\\.test'],
  methods: ['GET', 'POST'],
  headers: ['content-type', 'authorization'],
  credentials: true,
};
const publicUrl = 'https://auth.test';

const allowed = ['https://app.test', 'http://localhost:5173', 'https://pr-12.preview.test', publicUrl];
const refused = [
  'https://evil.test',
  'https://app.test.evil',
  'https://evil-app.test',
  'https://evil.app.test',
  'http://app.test',
  'https://app.test:8443',
  'https://app.test/',
  'https://APP.test',
  'https://a.b.preview.test',
  'https://x.preview.test.evil',
  'https://evil.test/x.preview.test',
  'https://evil.test#https://x.preview.test',
  'https://x.preview.test\nhttps://evil.test',
  'null',
  '*',
  '',
  'file://',
];

let app: FastifyInstance;

async function start(overrides: Partial<typeof settings> = {}) {
  app = Fastify();
  await app.register(cors, { cors: { ...settings, ...overrides }, publicUrl });
  app.post('/graphql', async () => 'ok');
}

beforeEach(() => start());
afterEach(() => app.close());

function preflight(origin: string) {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-evil',
  };
  return app.inject({ method: 'OPTIONS', url: '/graphql', headers });
}

describe('CORS', () => {
  it.each(allowed)('lets %s in, with credentials', async (origin) => {
    const answer = await app.inject({ method: 'POST', url: '/graphql', headers: { origin } });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-allow-credentials']).toBe('true');
    expect(answer.headers.vary).toMatch(/origin/i);
    const asked = await preflight(origin);
    expect(asked.statusCode).toBe(204);
    expect(asked.headers['access-control-allow-methods']).toBe('GET, POST');
    expect(asked.headers['access-control-allow-headers']).toBe('content-type, authorization, x-csrf-token');
  });

  it.each(refused.filter((origin) => !/[\n]/.test(origin)))('tells %j nothing', async (origin) => {
    const answers = [
      await app.inject({ method: 'POST', url: '/graphql', headers: { origin } }),
      await preflight(origin),
    ];
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.vary).toMatch(/origin/i);
    }
  });

  it.each([
    [false, ['content-type'], 'content-type'],
    [true, ['content-type', 'X-CSRF-Token'], 'content-type, X-CSRF-Token'],
  ])(
    'asks for the CSRF token where there are cookies, once: %j %j',
    async (credentials, headers, expected) => {
      await app.close();
      await start({ credentials, headers });
      const asked = await preflight('https://app.test');
      expect(asked.headers['access-control-allow-headers']).toBe(expected);
    },
  );

  it('never sends credentials to every site', async () => {
    await app.close();
    await start({ origins: ['*', 'https://app.test'] });
    const { headers } = await app.inject({ url: '/graphql', headers: { origin: 'https://evil.test' } });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const listed = await app.inject({ url: '/graphql', headers: { origin: 'https://app.test' } });
    expect(listed.headers['access-control-allow-origin']).toBe('https://app.test');
  });
});
