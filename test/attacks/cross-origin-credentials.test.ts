import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/platform/config/load-config.js';
import { newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser, OWN_ORIGIN } from '../support/browser.js';

const FRIEND = 'https://app.friend.example';
const PREVIEW = 'https://pr-7.preview.friend.example';

const foreign: readonly string[] = [
  'https://evil.example',
  'null',
  `${FRIEND}.evil.example`,
  `${FRIEND}:8443`,
  'http://app.friend.example',
  'https://evil-app.friend.example',
  `${PREVIEW}.evil.example`,
  'https://a.b.preview.friend.example',
  `https://evil.example/${PREVIEW}`,
  'https://prXpreview.friend.example',
  '*',
];

/** The CORS settings as an operator writes them. */
function corsOf(variables: Record<string, string>) {
  const secrets = { AUTH_ENCRYPTION_KEY: 'x'.repeat(40), AUTH_JWT__SECRET: 'y'.repeat(40) };
  return loadConfig({ NODE_ENV: 'test', AUTH_DATA_DIR: 'memory://', ...secrets, ...variables }).cors;
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    config: {
      cors: corsOf({
        CORS_ALLOW_ORIGINS: `${FRIEND}, http://localhost:5173/`,
        CORS_ALLOW_ORIGIN_REGEX: String.raw`https://[a-z0-9-]+\.preview\.friend\.example`,
        CORS_ALLOW_METHODS: 'post',
        CORS_ALLOW_HEADERS: 'Authorization,Content-Type',
        CORS_ALLOW_CREDENTIALS: 'true',
      }),
    },
  });
});
afterAll(async () => await app.close());

const permissionsIn = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

async function preflight(origin: string): Promise<Response> {
  return await fetch(`${app.url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-csrf-token,x-evil',
    },
  });
}

async function post(origin: string): Promise<Response> {
  const headers = { origin, 'content-type': 'application/json' };
  return await fetch(`${app.url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
}

describe('with credentials on', () => {
  test.each([FRIEND, PREVIEW, 'http://localhost:5173', OWN_ORIGIN])(
    'a page at %s may send cookies',
    async (origin) => {
      const asked = await preflight(origin);
      expect(asked.status).toBe(204);
      expect(permissionsIn(asked)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'Authorization, Content-Type, x-csrf-token',
        'access-control-expose-headers': 'retry-after',
        'access-control-max-age': '600',
      });
      const answered = await post(origin);
      expect(permissionsIn(answered)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
      });
      for (const { headers } of [asked, answered])
        expect(headers.get('vary')?.toLowerCase()).toContain('origin');
    },
  );

  test.each(foreign)(
    'a page at %s is told nothing, and no cache may serve it what is for others',
    async (origin) => {
      for (const response of [await preflight(origin), await post(origin)]) {
        expect(permissionsIn(response)).toEqual({});
        expect(response.headers.get('vary')?.toLowerCase()).toContain('origin');
      }
    },
  );

  test('a request without an Origin varies by it all the same', async () => {
    const response = await fetch(`${app.url}/health/live`);
    expect(permissionsIn(response)).toEqual({});
    expect(response.headers.get('vary')?.toLowerCase()).toContain('origin');
  });
});

describe('headers that come more than once', () => {
  test('two Origins are none, whichever comes first', async () => {
    for (const origins of [
      [FRIEND, 'https://evil.example'],
      ['https://evil.example', FRIEND],
      [FRIEND, FRIEND],
    ]) {
      const answer = await raw(origins.map((origin) => `Origin: ${origin}`));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer.toLowerCase()).not.toContain('access-control-allow-origin');
    }
    expect(await raw([`Origin: ${FRIEND}`])).toContain(`access-control-allow-origin: ${FRIEND}`);
  });

  test('every Set-Cookie of an answer reaches the browser on a line of its own', async () => {
    const { email } = await newPerson(app);
    const browser = new Browser(app.url, FRIEND);
    const { headers } = await browser.signIn({ email, password: PASSWORD });
    expect(headers.getSetCookie()).toHaveLength(4);
    for (const line of headers.getSetCookie()) expect(line).not.toContain(', ');
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
  });

  test('two Cookie headers are read as one', async () => {
    const { email } = await newPerson(app);
    const browser = new Browser(app.url);
    await browser.signIn({ email, password: PASSWORD });
    const [first = '', ...others] = [...browser.cookies].map((pair) => `Cookie: ${pair.join('=')}`);
    const query = '{"query":"{ viewer { email } }"}';
    const own = [`Origin: ${OWN_ORIGIN}`, `X-CSRF-Token: ${browser.csrfToken}`];
    expect(await raw([first, ...others, ...own], query)).toContain(email);
    const [access = ''] = others;
    expect(await raw([first, ...others, access, ...own], query)).toContain('TOKEN_INVALID');
  });
});

test('https is demanded of browsers only by a server that is reached over https', async () => {
  expect((await post(FRIEND)).headers.has('strict-transport-security')).toBe(false);
  const secure = await startTestApp({ config: { server: { publicUrl: 'https://auth.example.com' } } });
  try {
    for (const path of ['/graphql', '/auth/validate', '/health/live', '/nowhere', '/%E0%A4%A']) {
      const { headers } = await fetch(secure.url + path, { method: path === '/graphql' ? 'POST' : 'GET' });
      expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000; includeSubDomains');
    }
  } finally {
    await secure.close();
  }
});

test.each([
  ['*', { CORS_ALLOW_ORIGINS: '*' }],
  ['a pattern for everybody', { CORS_ALLOW_ORIGIN_REGEX: 'https://.*' }],
  ['a pattern that is a part of everything', { CORS_ALLOW_ORIGIN_REGEX: '.*' }],
])('credentials for %s do not start', (_, variables) => {
  expect(() => corsOf({ ...variables, CORS_ALLOW_CREDENTIALS: 'true' })).toThrow(/CORS_ALLOW_ORIGIN/);
});

/** Sends a request as it stands, since no client repeats a header; gives the answer as text. */
async function raw(headers: readonly string[], body = '{"query":"{ __typename }"}'): Promise<string> {
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const lines = [
    'POST /graphql HTTP/1.1',
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/json',
  ];
  socket.write([...lines, `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n'));
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')));
  await once(socket, 'close');
  return answer;
}
