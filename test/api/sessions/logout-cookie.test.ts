import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newPerson, PASSWORD, type Person } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { RawSocket } from '../../support/raw-socket.js';

const OK = { logout: { ok: true } };

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

/** Whether the session of these cookies still lives. */
async function lives(browser: Browser): Promise<boolean> {
  const authorization = `Bearer ${browser.cookie('access')}`;
  return (await app.client().send('{ viewer { id } }', {}, { authorization })).code === undefined;
}

function copyOf(browser: Browser): Browser {
  const copy = new Browser(app.url);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

const CLEARED = ['access', 'refresh'].map(
  (role) =>
    `__Host-latchkey_${role}=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax`,
);
const isCleared = ({ headers }: Answer) => {
  expect(headers.getSetCookie()).toEqual([
    ...CLEARED,
    CLEARED[0]?.replace('_access', '_csrf').replace(' HttpOnly;', ''),
  ]);
};

test('signing out ends the session and clears its cookies with the attributes they were set with', async () => {
  const browser = await signedIn();
  const before = copyOf(browser);
  const answer = await browser.signOut();
  expect([answer.status, answer.data]).toEqual([200, OK]);
  isCleared(answer);
  expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey_device']);
  expect(await lives(before)).toBe(false);
  expect((await before.renew()).code).toBe('SESSION_EXPIRED');
});

test.each([
  ['expired', async () => clock.advance(901)],
  ['gone', async (browser: Browser) => browser.drop('access')],
])('it works when the access cookie is %s', async (_, age) => {
  const browser = await signedIn();
  const before = copyOf(browser);
  await age(browser);
  isCleared(await browser.signOut());
  expect((await before.renew()).code).toBe('SESSION_EXPIRED');
});

test('it works when the refresh cookie is gone, and when the page has lost its CSRF token', async () => {
  const withoutRefresh = await signedIn();
  const withoutToken = await signedIn();
  const copies = [copyOf(withoutRefresh), copyOf(withoutToken)];
  withoutRefresh.drop('refresh');
  withoutToken.drop('refresh');
  withoutToken.csrfToken = undefined;
  isCleared(await withoutRefresh.signOut());
  isCleared(await withoutToken.signOut());
  for (const copy of copies) expect(await lives(copy)).toBe(false);
});

test('the cookies of a session that has ended already are cleared all the same', async () => {
  const browser = await signedIn();
  const again = copyOf(browser);
  await browser.signOut();
  isCleared(await again.signOut());
});

test('worthless cookies are cleared, and no others end', async () => {
  const living = await signedIn();
  const browser = new Browser(app.url);
  for (const role of ['access', 'refresh', 'csrf'])
    browser.cookies.set(`__Host-latchkey_${role}`, 'nonsense');
  isCleared(await browser.signOut());
  expect(await lives(living)).toBe(true);
});

test('a refresh token in the input names the session; the cookies are not read and stay', async () => {
  const browser = await signedIn();
  const { client } = await newPerson(app);
  const answer = await browser.send('mutation ($i: LogoutInput) { logout(input: $i) { ok } }', {
    i: { refreshToken: client.refreshToken },
  });
  expect([answer.data, answer.headers.getSetCookie()]).toEqual([OK, []]);
  expect((await client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect(await lives(browser)).toBe(true);
});

test('a header names the session; the cookies are not read and stay', async () => {
  const browser = await signedIn();
  const { client } = await newPerson(app);
  const headers = { authorization: `Bearer ${client.accessToken}` };
  const answer = await browser.send('mutation { logout { ok } }', {}, headers);
  expect([answer.data, answer.headers.getSetCookie()]).toEqual([OK, []]);
  expect((await client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect(await lives(browser)).toBe(true);
});

test.each([null, 'https://evil.example'])(
  'a page at %s signs nobody out by their cookies',
  async (origin) => {
    const browser = await signedIn();
    const forged = new Browser(app.url, origin);
    for (const [name, value] of browser.cookies) forged.cookies.set(name, value);
    const answer = await forged.signOut();
    expect([answer.status, answer.code, answer.headers.getSetCookie()]).toEqual([403, 'CSRF_REFUSED', []]);
    expect(await lives(browser)).toBe(true);
  },
);

test('a client without cookies gets none cleared', async () => {
  const answer = await new Browser(app.url, null).signOut();
  expect([answer.data, answer.headers.getSetCookie()]).toEqual([OK, []]);
});

test('over a websocket it ends the session of its cookie, whose cookies are cleared at the next refresh', async () => {
  const browser = await signedIn();
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const socket = await RawSocket.open(app.url, { origin: 'http://localhost:3000', cookie });
  socket.send({ type: 'subscribe', id: '1', payload: { query: 'mutation { logout { ok } }' } });
  expect((await socket.closed).code).toBe(4401);
  expect(await lives(browser)).toBe(false);
  await browser.renew();
  expect([...browser.cookies.keys()]).toEqual(['__Host-latchkey_device']);
});

test('ending the other sessions leaves the one of the cookies', async () => {
  const [browser, other] = [await signedIn(), await signedIn()];
  const answer = await browser.send('mutation { revokeOtherSessions { revokedCount } }');
  expect(answer.data?.['revokeOtherSessions'].revokedCount).toBeGreaterThan(0);
  expect([await lives(browser), await lives(other)]).toEqual([true, false]);
  const { sid } = claimsOf(browser.cookie('access'));
  const list = await browser.send('{ sessions(first: 5) { edges { node { id current } } } }');
  expect(list.data?.['sessions'].edges).toEqual([{ node: { id: sid, current: true } }]);
});
