import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { RawSocket } from '../../support/raw-socket.js';

const VIEWER = '{ viewer { id kind email } }';

const clock = new FakeClock();
let app: TestApp;
let person: Person;
beforeAll(async () => {
  app = await startTestApp({ clock });
  person = await newPerson(app);
});
afterAll(async () => await app.close());

async function signedIn(): Promise<Browser> {
  const browser = new Browser(app.url);
  expect((await browser.signIn({ email: person.email, password: PASSWORD })).errors).toEqual([]);
  return browser;
}

/** The line without the value; a token expires at a whole second. */
const withoutValue = (line: string) => line.replace(/=[^;]+/, '=…').replace('Max-Age=899', 'Max-Age=900');
const sessions = async () => await sql(app, 'select id from sessions where user_id = ?', [person.id]);

test('tokens go into cookies that no script can read, and are nowhere else in the answer', async () => {
  const browser = new Browser(app.url);
  const answer = await browser.signIn({ email: person.email, password: PASSWORD });
  expect(answer.data?.['login']).toEqual({
    __typename: 'LoginSucceeded',
    tokens: null,
    csrfToken: browser.cookie('csrf'),
    user: { id: person.id, email: person.email },
  });
  expect(answer.headers.getSetCookie().map(withoutValue)).toEqual([
    '__Host-latchkey_device=…; Max-Age=7776000; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-latchkey_access=…; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-latchkey_refresh=…; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-latchkey_csrf=…; Max-Age=604800; Path=/; Secure; SameSite=Lax',
  ]);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  for (const role of ['access', 'refresh']) {
    expect(JSON.stringify(answer.data)).not.toContain(browser.cookie(role));
  }
});

test('the cookies are the session: for operations, gateways and sockets', async () => {
  const browser = await signedIn();
  expect((await browser.send(VIEWER)).data).toEqual({
    viewer: { id: person.id, kind: 'user', email: person.email },
  });
  const validated = await browser.fetch('/auth/validate');
  expect([validated.status, validated.headers.get('x-auth-subject')]).toEqual([200, person.id]);
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const socket = await RawSocket.open(app.url, { origin: 'http://localhost:3000', cookie });
  expect((await socket.operate('{ viewer { id } }')).data).toEqual({ viewer: { id: person.id } });
  await browser.signOut();
  expect((await socket.closed).code).toBe(4401);
});

test('a socket is refused with 4401 for a cookie that has expired, and for a bad credential beside a good one', async () => {
  const browser = await signedIn();
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const origin = 'http://localhost:3000';
  const beside = await RawSocket.connect(app.url, { origin, cookie });
  beside.send({ type: 'connection_init', payload: { authorization: 'Bearer not.a.token' } });
  expect((await beside.closed).code).toBe(4401);
  clock.advance(901);
  const expired = await RawSocket.connect(app.url, { origin, cookie });
  expired.send({ type: 'connection_init' });
  expect((await expired.closed).code).toBe(4401);
});

test('a browser keeps the cookie of somebody who may do everything: it is not too long', async () => {
  const browser = new Browser(app.url);
  await browser.signIn(ADMIN);
  // RFC 6265 §6.1; browsers drop a longer one without a word.
  for (const pair of browser.cookies) expect(pair.join('=').length).toBeLessThan(4096);
});

test('without asking for cookies, tokens are in the answer and no cookie holds any', async () => {
  const client = app.client();
  const answer = await client.login({ email: person.email, password: PASSWORD });
  expect(client.accessToken).toMatch(/^eyJ/);
  const set = answer.headers.getSetCookie();
  expect(set.map((line) => line.split('=', 1)[0])).toEqual(['__Host-latchkey_device']);
  const explicit = await app
    .client()
    .send(
      `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded { csrfToken tokens { accessToken } } } }`,
      { input: { email: person.email, password: PASSWORD, transport: 'TOKEN' } },
    );
  expect(explicit.data?.['login']).toEqual({ csrfToken: null, tokens: { accessToken: expect.any(String) } });
});

test('the access cookie expires with its token: then the caller is nobody, or expired', async () => {
  const browser = await signedIn();
  clock.advance(901);
  // A browser has dropped it; one whose clock is behind still sends it.
  expect((await browser.send(VIEWER)).code).toBe('TOKEN_EXPIRED');
  browser.drop('access');
  expect((await browser.send(VIEWER)).code).toBe('UNAUTHENTICATED');
});

test('a wrong password sets no cookie', async () => {
  const answer = await new Browser(app.url).signIn({ email: person.email, password: 'wrong' });
  expect([answer.code, answer.headers.getSetCookie()]).toEqual(['INVALID_CREDENTIALS', []]);
});

test.each([null, 'null', 'https://evil.example', 'http://localhost:3001'])(
  'a page at %s cannot sign anybody in with cookies, the right password in hand',
  async (origin) => {
    const before = await sessions();
    const answer = await new Browser(app.url, origin).signIn({ email: person.email, password: PASSWORD });
    expect([answer.status, answer.code, answer.data]).toEqual([403, 'CSRF_REFUSED', null]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await sessions()).toEqual(before);
  },
);

test('a websocket sets no cookies: it says so before the password is judged', async () => {
  const before = await sessions();
  const socket = await RawSocket.open(app.url, { origin: 'http://localhost:3000' });
  const login = (transport: string) =>
    socket.operate(
      `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded { tokens { accessToken } } } }`,
      { variables: { input: { email: person.email, password: PASSWORD, transport } } },
    );
  expect((await login('COOKIE')).code).toBe('COOKIES_UNAVAILABLE');
  expect(await sessions()).toEqual(before);
  expect((await login('TOKEN')).errors).toEqual([]);
  socket.close();
});

test('a credential in a header decides alone, good or bad: the cookie beside it is not looked at', async () => {
  const browser = await signedIn();
  const other = await anotherDevice(app, await newPerson(app));
  const asOther = await browser.send(VIEWER, {}, { authorization: `Bearer ${other.accessToken}` });
  expect(asOther.data?.['viewer'].id).toBe(other.userId);
  const worthless: Record<string, string>[] = [
    { authorization: 'Bearer not.a.token' },
    { authorization: 'Bearer' },
    { authorization: 'Digest x' },
    { authorization: '' },
    { 'x-api-key': 'unknown' },
  ];
  for (const headers of worthless) {
    const answer = await browser.send(VIEWER, {}, headers);
    expect([answer.data, answer.status], JSON.stringify(headers)).toEqual([null, 401]);
    expect((await browser.fetch('/auth/validate', { headers })).status, JSON.stringify(headers)).toBe(401);
  }
});

test('a cookie for another audience opens nothing here, and the gateway of that audience', async () => {
  const admin = await app.adminClient();
  await admin.send(
    'mutation ($i: RegisterAudienceInput!) { registerAudience(input: $i) { audience { id } } }',
    {
      i: { identifier: 'orders-api' },
    },
  );
  const browser = new Browser(app.url);
  await browser.signIn({ ...ADMIN, audience: 'orders-api' });
  expect((await browser.send(VIEWER)).code).toBe('TOKEN_INVALID');
  expect((await browser.fetch('/auth/validate')).status).toBe(401);
  expect((await browser.fetch('/auth/validate?audience=orders-api')).status).toBe(200);
});

test('introspection takes no cookie for the credential of the asker', async () => {
  const browser = await signedIn();
  const response = await browser.fetch('/auth/introspect', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${browser.cookie('access')}`,
  });
  expect([response.status, await response.json()]).toMatchObject([401, { error: 'invalid_client' }]);
});
