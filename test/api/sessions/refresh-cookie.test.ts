import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { RawSocket } from '../../support/raw-socket.js';

const VIEWER = '{ viewer { id } }';
const DAY = 86_400;

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

/** The same browser as it was: what a tab that missed an answer, or a thief, holds. */
function copyOf(browser: Browser): Browser {
  const copy = new Browser(app.url);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  copy.csrfToken = browser.csrfToken;
  return copy;
}

const namesSet = (headers: Headers) => headers.getSetCookie().map((line) => line.split('=', 1)[0]);
const SESSION_COOKIES = ['__Host-latchkey_access', '__Host-latchkey_refresh', '__Host-latchkey_csrf'];
const isCleared = (headers: Headers) =>
  headers.getSetCookie().length === 3 && headers.getSetCookie().every((line) => line.includes('Max-Age=0;'));

test('a refresh by cookie replaces the cookies and answers no tokens; the session stays the same', async () => {
  const browser = await signedIn();
  const before = { access: browser.cookie('access'), refresh: browser.cookie('refresh') };
  clock.advance(901);
  browser.drop('access');
  const answer = await browser.renew();
  expect(answer.data?.['refreshSession']).toEqual({ tokens: null, csrfToken: browser.cookie('csrf') });
  expect(namesSet(answer.headers)).toEqual(SESSION_COOKIES);
  expect(browser.cookie('refresh')).not.toBe(before.refresh);
  expect(claimsOf(browser.cookie('access')).sid).toBe(claimsOf(before.access).sid);
  expect((await browser.send(VIEWER)).data?.['viewer'].id).toBe(person.id);
});

test('the CSRF token stays the same as long as the session: other tabs go on', async () => {
  const browser = await signedIn();
  const { csrfToken } = browser;
  await browser.renew();
  await browser.renew();
  expect([browser.csrfToken, browser.cookie('csrf')]).toEqual([csrfToken, csrfToken]);
});

test('a page that has lost its CSRF token gets one by refreshing', async () => {
  const browser = await signedIn();
  browser.csrfToken = undefined;
  browser.drop('csrf');
  expect((await browser.send(VIEWER)).code).toBe('CSRF_REFUSED');
  expect((await browser.renew()).errors).toEqual([]);
  expect((await browser.send(VIEWER)).errors).toEqual([]);
});

test('two tabs that refresh at once get the same successor, and both go on', async () => {
  const browser = await signedIn();
  const other = copyOf(browser);
  const answers = await Promise.all([browser.renew(), other.renew()]);
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(other.cookie('refresh')).toBe(browser.cookie('refresh'));
  expect((await other.renew()).errors).toEqual([]);
});

test('a stolen cookie that comes late ends the session, and the browser forgets it', async () => {
  const browser = await signedIn();
  const thief = copyOf(browser);
  await browser.renew();
  clock.advance(11);
  const reused = await thief.renew();
  expect([reused.status, reused.code, isCleared(reused.headers)]).toEqual([401, 'REFRESH_REUSED', true]);
  const owner = await browser.renew();
  expect([owner.code, isCleared(owner.headers)]).toEqual(['SESSION_EXPIRED', true]);
  expect(await auditNamesOf(await app.adminClient(), person.id)).toContain('refresh_token.reused');
});

test('the cookies of a session that was revoked or has expired are cleared with the refusal', async () => {
  const revoked = await signedIn();
  await sql(app, 'update sessions set revoked_at = now() where id = ?', [
    claimsOf(revoked.cookie('access')).sid,
  ]);
  const expired = await signedIn();
  clock.advance(7 * DAY);
  for (const browser of [revoked, expired]) {
    const answer = await browser.renew();
    expect([answer.status, answer.code, isCleared(answer.headers)]).toEqual([401, 'SESSION_EXPIRED', true]);
    expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey_device']);
  }
});

test('a refresh token in the input wins: the answer holds tokens, and no cookie is read or set', async () => {
  const browser = await signedIn();
  const before = [...browser.cookies];
  const other = (await newPerson(app)).client;
  const answer = await browser.send(
    `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { csrfToken tokens { accessToken refreshToken } } }`,
    { input: { refreshToken: other.refreshToken } },
  );
  const { csrfToken, tokens } = answer.data?.['refreshSession'] ?? {};
  expect(csrfToken).toBeNull();
  expect(claimsOf(tokens.accessToken)['sub']).toBe(other.userId);
  expect([answer.headers.getSetCookie(), [...browser.cookies]]).toEqual([[], before]);
  const refused = await browser.send(
    `mutation { refreshSession(input: { refreshToken: "" }) { tokens { accessToken } } }`,
  );
  expect([refused.code, refused.headers.getSetCookie()]).toEqual(['REFRESH_INVALID', []]);
  expect((await browser.renew()).errors).toEqual([]);
});

test('without a token anywhere there is nothing to refresh, and no cookie is touched', async () => {
  for (const browser of [new Browser(app.url), new Browser(app.url, null)]) {
    const answer = await browser.renew();
    expect([answer.status, answer.code, answer.headers.getSetCookie()]).toEqual([401, 'REFRESH_INVALID', []]);
  }
});

test('a credential in a header decides alone: the refresh cookie beside it is not looked at', async () => {
  const browser = await signedIn();
  const answer = await browser.send(
    'mutation { refreshSession(input: {}) { csrfToken } }',
    {},
    {
      authorization: `Bearer ${browser.cookie('access')}`,
    },
  );
  expect([answer.code, answer.headers.getSetCookie()]).toEqual(['REFRESH_INVALID', []]);
});

test('a refresh cookie that is missing, unknown or there twice is refused, and what is left is cleared', async () => {
  const missing = await signedIn();
  missing.drop('refresh');
  const unknown = await signedIn();
  unknown.cookies.set('__Host-latchkey_refresh', `lkr_${'A'.repeat(43)}`);
  const twice = await signedIn();
  twice.cookies.set(
    '__Host-latchkey_refresh',
    `${twice.cookie('refresh')}; __Host-latchkey_refresh=lkr_planted`,
  );
  for (const browser of [missing, unknown, twice]) {
    const answer = await browser.renew();
    expect([answer.status, answer.code, isCleared(answer.headers)]).toEqual([401, 'REFRESH_INVALID', true]);
  }
});

test('an unknown audience costs neither the token nor the cookies', async () => {
  const browser = await signedIn();
  const answer = await browser.renew({ audience: 'nobody-registered-this' });
  expect([answer.code, answer.headers.getSetCookie()]).toEqual(['AUDIENCE_UNKNOWN', []]);
  expect((await browser.renew()).errors).toEqual([]);
});

test('a websocket refreshes no cookies', async () => {
  const browser = await signedIn();
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const socket = await RawSocket.open(app.url, { origin: 'http://localhost:3000', cookie });
  const { code } = await socket.operate('mutation { refreshSession(input: {}) { csrfToken } }');
  expect(code).toBe('REFRESH_INVALID');
  socket.close();
  expect((await browser.renew()).errors).toEqual([]);
});

test('no cookie lives longer than its settings say, nor longer than the session', async () => {
  const capped = await startTestApp({ clock, config: { sessionCookies: { maxAgeSeconds: 600 } } });
  try {
    const browser = new Browser(capped.url);
    const { email } = await newPerson(capped);
    const answer = await browser.signIn({ email, password: PASSWORD });
    const ages = (headers: Headers) =>
      headers.getSetCookie().map((line) => Number(/Max-Age=(\d+)/.exec(line)?.[1]));
    expect(ages(answer.headers)).toEqual([90 * DAY, 600, 600, 600]);
  } finally {
    await capped.close();
  }
  const browser = await signedIn();
  for (let day = 0; day < 25; day += 5) {
    clock.advance(5 * DAY);
    await browser.renew();
  }
  clock.advance(5 * DAY - 100);
  const last = await browser.renew();
  for (const line of last.headers.getSetCookie())
    expect(Number(/Max-Age=(\d+)/.exec(line)?.[1])).toBeLessThanOrEqual(900);
  const [, refresh = ''] = last.headers.getSetCookie();
  expect(refresh).toContain('Max-Age=100;');
});
