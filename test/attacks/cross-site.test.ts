import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { RawSocket } from '../support/raw-socket.js';

const FRIEND = 'https://app.friend.example';

/** Origins that are nobody's, or almost somebody's. */
const foreign: readonly string[] = [
  'https://evil.example',
  'null',
  `${FRIEND}.evil.example`,
  `${FRIEND}:8443`,
  'http://app.friend.example',
  'https://evil.app.friend.example',
  'https://appxfriend.example',
  'https://APP.friend.example',
  `${FRIEND}/`,
  `${FRIEND}, https://evil.example`,
  `https://evil.example/${FRIEND}`,
  'https://app.friend.example@evil.example',
  'http://localhost:3001',
  'http://localhost',
  'https://localhost:3000',
  'file://',
  'chrome-extension://abcdefgh',
  'https://preview.friend.example.evil.example',
  'https://x.preview.friend.example.evil.example',
  '*',
  'undefined',
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    config: {
      cors: {
        origins: [FRIEND],
        originPatterns: [String.raw`https://[a-z0-9-]+\.preview\.friend\.example`],
      },
    },
  });
});
afterAll(() => app.close());

describe('a page of another site', () => {
  test.each(foreign)('gets no permission to read anything: %s', async (origin) => {
    for (const path of ['/graphql', '/auth/validate', '/auth/introspect', '/health/live', '/nowhere']) {
      for (const method of ['OPTIONS', 'POST', 'GET']) {
        const headers = {
          origin,
          'content-type': 'application/json',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        };
        const body = method === 'POST' ? { body: '{"query":"{ __typename }"}' } : {};
        const response = await app.client().fetch(path, { method, headers, ...body });
        const permissions = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
        expect(permissions, `${method} ${path}`).toEqual([]);
      }
    }
  });

  test.each(foreign)('opens no websocket: 403 for %s', async (origin) => {
    await expect(RawSocket.connect(app.url, { origin })).rejects.toThrow('403');
  });

  // What a browser sends without asking first: forms, and scripts without headers of their own.
  test.each([
    ['text/plain', JSON.stringify({ query: `mutation { login(input: ${credentials()}) { __typename } }` })],
    [
      'application/x-www-form-urlencoded',
      `query=${encodeURIComponent(`mutation { login(input: ${credentials()}) { __typename } }`)}`,
    ],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    ],
  ])('signs nobody in by a request of type %s', async (type, body) => {
    const before = await sessions();
    const headers = { 'content-type': type, origin: 'https://evil.example' };
    const response = await app.client().fetch('/graphql', { method: 'POST', headers, body });
    expect(response.status).toBe(415);
    expect(await sessions()).toBe(before);
  });

  test('signs nobody in by a link', async () => {
    const before = await sessions();
    const query = encodeURIComponent(`mutation { login(input: ${credentials()}) { __typename } }`);
    for (const method of ['GET', 'HEAD']) {
      expect((await app.client().fetch(`/graphql?query=${query}`, { method })).status).toBe(405);
    }
    expect(await sessions()).toBe(before);
  });

  test('is given no cookie to act with: sign-in sets none but that of the device, unless it is asked to', async () => {
    const answer = await app.client().login(ADMIN);
    expect(answer.errors).toEqual([]);
    const [device = '', ...others] = answer.headers.getSetCookie();
    expect([device.split('=', 1)[0], others]).toEqual(['__Host-latchkey_device', []]);
    const headers = { cookie: device.split(';', 1)[0] ?? '', origin: 'http://localhost:3000' };
    expect((await app.client().send('{ viewer { id } }', {}, headers)).code).toBe('UNAUTHENTICATED');
  });
});

describe('a page of our own or of a listed site', () => {
  const own = ['http://localhost:3000', FRIEND, 'https://pr-7.preview.friend.example'];

  test.each(own)('may read answers, and each answer is for it alone: %s', async (origin) => {
    const headers = { origin, 'content-type': 'application/json' };
    const response = await app
      .client()
      .fetch('/graphql', { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  test.each(own)('opens a websocket: %s', async (origin) => {
    const raw = await RawSocket.open(app.url, { origin });
    expect((await raw.operate('{ __typename }')).data).toEqual({ __typename: 'Query' });
    raw.close();
  });
});

function credentials(): string {
  return `{ email: "${ADMIN.email}", password: "${ADMIN.password}" }`;
}

async function sessions(): Promise<number> {
  const [row] = await app.services.em.fork().execute('select count(*)::int as count from sessions');
  return Number(row?.['count']);
}
