import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, newPerson, PASSWORD, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser, OWN_ORIGIN } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { RawSocket } from '../support/raw-socket.js';

const FRIEND = 'https://app.friend.example';
const CHANGE = 'mutation { revokeOtherSessions { revokedCount } }';
const ACCESS = '__Host-latchkey_access';
const CSRF = '__Host-latchkey_csrf';

const clock = new FakeClock();
let app: TestApp;
let person: Person;
let victim: Browser;
/** A session that a forged CHANGE would end. */
let bystander: Browser;

beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { cors: { origins: [FRIEND], credentials: true }, rateLimits: { loginsPerMinute: 100_000 } },
  });
  person = await newPerson(app);
});
afterAll(async () => await app.close());
beforeEach(async () => {
  [victim, bystander] = [await signedIn(), await signedIn()];
});

async function signedIn({ email }: Pick<Person, 'email'> = person, url = app.url): Promise<Browser> {
  const browser = new Browser(url);
  expect((await browser.signIn({ email, password: PASSWORD })).errors).toEqual([]);
  return browser;
}

/** What the victim's browser sends along, whoever makes it send something. */
const cookieOf = ({ cookies }: Browser) => [...cookies].map((pair) => pair.join('=')).join('; ');

async function isUntouched(): Promise<void> {
  const alive = await sql(app, 'select id from sessions where id = ? and revoked_at is null', [
    claimsOf(bystander.cookie('access')).sid,
  ]);
  expect(alive).toHaveLength(1);
}

/** A request with the victim's cookies and nothing else but what is given. */
async function forge(headers: Record<string, string | undefined>, body = JSON.stringify({ query: CHANGE })) {
  const given = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: cookieOf(victim), ...Object.fromEntries(given) },
    body,
  });
  const answer = (await response.json()) as { code?: string; errors?: { extensions: { code: string } }[] };
  return { status: response.status, code: answer.errors?.[0]?.extensions.code ?? answer.code };
}

const REFUSED = { status: 403, code: 'CSRF_REFUSED' };

test('the page that signed in may change things, and so may a listed one: the tests below refuse for one reason', async () => {
  for (const origin of [OWN_ORIGIN, FRIEND]) {
    expect(await forge({ origin, 'x-csrf-token': victim.csrfToken })).toEqual({
      status: 200,
      code: undefined,
    });
  }
});

describe('a page elsewhere', () => {
  test.each([
    'https://evil.example',
    'null',
    `${FRIEND}.evil.example`,
    'http://app.friend.example',
    `${FRIEND}:8443`,
    'http://localhost:3001',
    `${OWN_ORIGIN}, https://evil.example`,
    '',
  ])('changes nothing from %j, the right CSRF token in hand', async (origin) => {
    expect(await forge({ origin, 'x-csrf-token': victim.csrfToken })).toEqual(REFUSED);
    expect(
      await forge({ origin, 'x-csrf-token': victim.csrfToken, 'sec-fetch-site': 'same-origin' }),
    ).toEqual(REFUSED);
    await isUntouched();
  });

  test.each(['cross-site', 'same-site', 'none', undefined])(
    'changes nothing without an Origin, when the browser says %s of where it is',
    async (site) => {
      expect(await forge({ 'x-csrf-token': victim.csrfToken, 'sec-fetch-site': site })).toEqual(REFUSED);
      expect(await forge({ 'x-csrf-token': victim.csrfToken, referer: `${OWN_ORIGIN}/` })).toEqual(REFUSED);
      await isUntouched();
    },
  );

  // What a browser sends without asking first: forms, and scripts without headers of their own.
  test.each([
    ['text/plain', JSON.stringify({ query: CHANGE })],
    ['text/plain;charset=utf-8, application/json', JSON.stringify({ query: CHANGE })],
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(CHANGE)}`],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{}\r\n--x--',
    ],
    ['application/graphql', CHANGE],
  ])('changes nothing by a request of type %s', async (type, body) => {
    for (const origin of ['https://evil.example', OWN_ORIGIN]) {
      const { status } = await forge(
        { 'content-type': type, origin, 'x-csrf-token': victim.csrfToken },
        body,
      );
      expect(status).toBe(415);
    }
    await isUntouched();
  });

  test('changes nothing by a request without a type', async () => {
    const body = new Blob([JSON.stringify({ query: CHANGE })]);
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { cookie: cookieOf(victim), origin: 'https://evil.example' },
      body,
    });
    expect(response.status).toBe(415);
    await isUntouched();
  });

  test('changes nothing by a link', async () => {
    for (const method of ['GET', 'HEAD']) {
      const address = `${app.url}/graphql?query=${encodeURIComponent(CHANGE)}`;
      const response = await fetch(address, { method, headers: { cookie: cookieOf(victim) } });
      expect(response.status).toBe(405);
    }
    await isUntouched();
  });

  test('neither refreshes, nor signs out, nor signs in as itself', async () => {
    const forged = new Browser(app.url, 'https://evil.example');
    for (const [name, value] of victim.cookies) forged.cookies.set(name, value);
    const attempts = [
      await forged.renew(),
      await forged.signOut(),
      await forged.signIn({ email: person.email, password: PASSWORD }),
    ];
    for (const answer of attempts) {
      expect([answer.code, answer.status, answer.headers.getSetCookie()]).toEqual(['CSRF_REFUSED', 403, []]);
    }
    expect((await victim.send('{ viewer { id } }')).errors).toEqual([]);
  });

  test('opens no socket as the user, and neither does a program that names no origin', async () => {
    const cookie = cookieOf(victim);
    await expect(RawSocket.connect(app.url, { origin: 'https://evil.example', cookie })).rejects.toThrow(
      '403',
    );
    const nowhere = await RawSocket.open(app.url, { cookie });
    expect((await nowhere.operate('{ viewer { id } }')).code).toBe('UNAUTHENTICATED');
    nowhere.close();
  });
});

describe('the CSRF token', () => {
  const origin = OWN_ORIGIN;
  /** The victim's cookies with another CSRF cookie, as whoever can plant one would leave them. */
  const planted = (token: string) =>
    cookieOf(victim).replace(new RegExp(`${CSRF}=[^;]+`), `${CSRF}=${token}`);

  test('is asked for: cookies alone do nothing, not even read', async () => {
    expect(await forge({ origin })).toEqual(REFUSED);
    expect(await forge({ origin, 'x-csrf-token': '' })).toEqual(REFUSED);
    expect(await forge({ origin }, JSON.stringify({ query: '{ viewer { id } }' }))).toEqual(REFUSED);
    await isUntouched();
  });

  test('of another session is refused, also when its cookie was planted beside the header', async () => {
    const attacker = await signedIn(await newPerson(app));
    for (const token of [attacker.csrfToken ?? '', bystander.csrfToken ?? '']) {
      expect(await forge({ origin, 'x-csrf-token': token })).toEqual(REFUSED);
      expect(await forge({ origin, 'x-csrf-token': token, cookie: planted(token) })).toEqual(REFUSED);
    }
    await isUntouched();
  });

  test('of an earlier session of the same browser is refused', async () => {
    const old = victim.csrfToken ?? '';
    await victim.signOut();
    await victim.signIn({ email: person.email, password: PASSWORD });
    expect(victim.csrfToken).not.toBe(old);
    expect(await forge({ origin, 'x-csrf-token': old, cookie: planted(old) })).toEqual(REFUSED);
    await isUntouched();
  });

  test('that was made up is refused, also when header and cookie agree', async () => {
    const [nonce = '', mac = ''] = (victim.csrfToken ?? '').split('.');
    for (const token of [
      'x',
      'x.y',
      `${nonce}.`,
      `.${mac}`,
      `x${nonce}.${mac}`,
      `${nonce}.${mac}.`,
      mac,
      nonce,
    ]) {
      expect(await forge({ origin, 'x-csrf-token': token, cookie: planted(token) }), token).toEqual(REFUSED);
    }
    await isUntouched();
  });

  test('that is there twice is refused, in the header as in the cookies', async () => {
    const token = victim.csrfToken ?? '';
    expect(await forge({ origin, 'x-csrf-token': `${token}, ${token}` })).toEqual(REFUSED);
    const cookie = `${cookieOf(victim)}; ${CSRF}=${token}`;
    expect(await forge({ origin, 'x-csrf-token': token, cookie })).toEqual(REFUSED);
    await isUntouched();
  });
});

describe('a cookie that a neighbouring host has planted', () => {
  test('beside ours leaves nobody signed in: neither the user nor the one who planted it', async () => {
    const attacker = await signedIn(await newPerson(app));
    const theirs = `${ACCESS}=${attacker.cookie('access')}`;
    for (const cookie of [`${theirs}; ${cookieOf(victim)}`, `${cookieOf(victim)}; ${theirs}`]) {
      const query = JSON.stringify({ query: '{ viewer { id } }' });
      const answer = await forge({ origin: OWN_ORIGIN, cookie, 'x-csrf-token': victim.csrfToken }, query);
      expect(answer).toEqual({ status: 401, code: 'TOKEN_INVALID' });
      const validated = await fetch(`${app.url}/auth/validate`, { headers: { cookie } });
      expect(validated.status).toBe(401);
    }
  });

  test('under a name that a browser does not guard is not ours', async () => {
    const value = victim.cookie('access');
    for (const name of [
      'latchkey_access',
      '__host-latchkey_access',
      '\u00a0__Host-latchkey_access',
      '__Secure-latchkey_access',
    ]) {
      const response = await fetch(`${app.url}/auth/validate`, { headers: { cookie: `${name}=${value}` } });
      expect(response.status, name).toBe(401);
    }
  });

  test('in the place of ours does not let the page act for its owner: the CSRF token is not theirs', async () => {
    const attacker = await signedIn(await newPerson(app));
    const cookie = cookieOf(victim).replace(
      new RegExp(`${ACCESS}=[^;]+`),
      `${ACCESS}=${attacker.cookie('access')}`,
    );
    expect(await forge({ origin: OWN_ORIGIN, cookie, 'x-csrf-token': victim.csrfToken })).toEqual(REFUSED);
  });
});

describe('a listed origin that may not send cookies', () => {
  let strict: TestApp;
  beforeAll(async () => {
    strict = await startTestApp({ clock, config: { cors: { origins: [FRIEND], credentials: false } } });
  });
  afterAll(async () => await strict.close());

  test('neither signs in with cookies nor acts by them, over HTTP as over a socket', async () => {
    const { email } = await newPerson(strict);
    const friend = new Browser(strict.url, FRIEND);
    expect((await friend.signIn({ email, password: PASSWORD })).code).toBe('CSRF_REFUSED');
    const own = await signedIn({ email }, strict.url);
    for (const [name, value] of own.cookies) friend.cookies.set(name, value);
    friend.csrfToken = own.csrfToken;
    expect((await friend.send('{ viewer { id } }')).code).toBe('CSRF_REFUSED');
    expect((await friend.renew()).code).toBe('CSRF_REFUSED');
    const socket = await RawSocket.open(strict.url, { origin: FRIEND, cookie: cookieOf(own) });
    expect((await socket.operate('{ viewer { id } }')).code).toBe('UNAUTHENTICATED');
    socket.close();
    expect((await own.send('{ viewer { id } }')).errors).toEqual([]);
  });
});
