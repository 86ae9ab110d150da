import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import type { Answer } from '../support/client.js';
import { FakeClock } from '../support/clock.js';

// Some thousand sign-ins, one after the other.
vi.setConfig({ testTimeout: 300_000 });

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: {
      server: { trustedProxies: ['127.0.0.0/8'] },
      rateLimits: { loginsPerMinute: 100_000, signUpsPerHour: 100_000 },
    },
  });
});
afterAll(async () => await app.close());
beforeEach(async () => {
  await sql(app, 'delete from failure_counters');
});

/** A browser in that network; what the proxy in front of the server says of it is believed. */
function browserAt(ip: string, cookies: ReadonlyMap<string, string> = new Map(), url = app.url): Browser {
  const browser = new BrowserBehindProxy(url, ip);
  for (const [name, value] of cookies) browser.cookies.set(name, value);
  return browser;
}

class BrowserBehindProxy extends Browser {
  constructor(
    url: string,
    private readonly ip: string,
  ) {
    super(url);
  }

  override async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.ip);
    return await super.fetch(path, { ...init, headers });
  }
}

const network = (i: number): string => `10.${Math.floor(i / 250)}.${i % 250}.7`;
const HOME = '192.0.2.10';
const ELSEWHERE = '198.51.100.10';

async function account(password = PASSWORD): Promise<string> {
  const email = newAddress();
  expect((await app.client().signUp({ email, password })).errors).toEqual([]);
  return email;
}

/** Somebody who has signed in from a browser, as it is afterwards, signed out. */
async function knownBrowser(email: string, ip = HOME): Promise<Browser> {
  const browser = browserAt(ip);
  expect((await browser.signIn({ email, password: PASSWORD })).errors).toEqual([]);
  await browser.signOut();
  return browser;
}

/** Ten at a time, as an attacker with ten connections works. */
async function inTens<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += 10) {
    results.push(...(await Promise.all(items.slice(i, i + 10).map(work))));
  }
  return results;
}

/** How many of the guesses were told whether they are right; all others had to wait. */
function judged(answers: readonly Answer[]): number {
  const refused = answers.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS');
  for (const { status, headers } of refused) {
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true]);
  }
  return answers.length - refused.length;
}

test('one password tried on 1,000 users from one network: a hundred are judged', async () => {
  const people: string[] = [];
  const [{ hash } = {}] = await sql(
    app,
    'select p.hash from passwords p join users u on u.id = p.user_id where u.email = ?',
    [await account('the password of the season')],
  );
  // A thousand accounts with that very password, as a leaked list would have them.
  for (let i = 0; i < 1_000; i += 1)
    people.push(`sprayed-${i}-${randomBytes(4).toString('hex')}@example.com`);
  await sql(
    app,
    `with made as (
       insert into users (id, email, status, created_at, updated_at, metadata, factor_kinds, second_factor_required)
       select gen_random_uuid(), email, 'active', now(), now(), '{}', '[]', false from unnest(?::text[]) as email returning id
     ) insert into passwords (user_id, hash, changed_at, set_by_mail)
       select id, ?, now(), false from made`,
    [`{${people.join(',')}}`, hash],
  );
  const answers = await inTens(people, async (email) =>
    browserAt(ELSEWHERE).login({ email, password: 'wrong' }),
  );
  expect(judged(answers)).toBe(100);
  // Now the right one: whoever was throttled does not learn that it is.
  const password = 'the password of the season';
  const right = await inTens(people.slice(500, 600), async (email) =>
    browserAt(ELSEWHERE).login({ email, password }),
  );
  expect(judged(right)).toBe(0);
});

test('a hundred passwords tried on one user from a hundred networks: five are judged', async () => {
  const email = await account();
  const answers: Answer[] = [];
  for (let i = 0; i < 100; i += 1)
    answers.push(await browserAt(network(i)).login({ email, password: `guess ${i}` }));
  expect(judged(answers)).toBe(5);
  expect((await browserAt(network(200)).login({ email, password: PASSWORD })).code).toBe('TOO_MANY_ATTEMPTS');
});

test('a hundred at once gain nothing over one after the other', async () => {
  const email = await account();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => browserAt(network(i)).login({ email, password: `guess ${i}` })),
  );
  expect(judged(answers)).toBeLessThanOrEqual(5);
});

test('the right password from the known device works at once through all of it, wherever the device is', async () => {
  const email = await account();
  const laptop = await knownBrowser(email);
  const attack = async () => {
    for (let i = 0; i < 20; i += 1) await browserAt(network(i)).login({ email, password: `guess ${i}` });
  };
  await attack();
  for (const ip of [HOME, ELSEWHERE, network(3)]) {
    const there = browserAt(ip, laptop.cookies);
    expect((await there.signIn({ email, password: PASSWORD })).errors).toEqual([]);
    await attack();
  }
  // Without its cookie it is anybody's browser.
  expect((await browserAt(ELSEWHERE).login({ email, password: PASSWORD })).code).toBe('TOO_MANY_ATTEMPTS');
});

test('an attacker with a hundred device cookies of their own has the same five guesses', async () => {
  const [email, own] = [await account(), await account()];
  const laptop = await knownBrowser(email);
  const networks = Array.from({ length: 100 }, (_, i) => network(i));
  const devices = await inTens(networks, async (ip) => knownBrowser(own, ip));
  expect(new Set(devices.map((device) => device.cookie('device'))).size).toBe(100);
  const answers: Answer[] = [];
  for (const [i, device] of devices.entries())
    answers.push(await device.login({ email, password: `guess ${i}` }));
  expect(judged(answers)).toBe(5);
  expect((await laptop.signIn({ email, password: PASSWORD })).errors).toEqual([]);
});

test.each([
  ['signed by nobody', (value: string) => `${value.split('.')[0]}.${'A'.repeat(43)}`],
  ['changed', (value: string) => value.replace(/^./, (letter) => (letter === 'e' ? 'f' : 'e'))],
  ['the CSRF token', (_value: string, browser: Browser) => browser.cookie('csrf') ?? ''],
  ['there twice', (value: string) => `${value}; __Host-latchkey_device=${value}`],
])('a device cookie that is %s is nothing', async (_, change) => {
  const email = await account();
  const browser = browserAt(HOME);
  await browser.signIn({ email, password: PASSWORD });
  const bad = change(browser.cookie('device') ?? '', browser);
  for (let i = 0; i < 5; i += 1) await browserAt(network(i)).login({ email, password: `guess ${i}` });
  const forged = browserAt(ELSEWHERE, new Map([['__Host-latchkey_device', bad]]));
  expect((await forged.login({ email, password: PASSWORD })).code).toBe('TOO_MANY_ATTEMPTS');
});

test('a stolen device cookie is five guesses, once; after 90 days it is nothing', async () => {
  const email = await account();
  const laptop = await knownBrowser(email);
  const thief = browserAt(ELSEWHERE, laptop.cookies);
  const answers: Answer[] = [];
  for (let i = 0; i < 20; i += 1) answers.push(await thief.login({ email, password: `guess ${i}` }));
  expect(judged(answers)).toBe(5);
  clock.advance(90 * 86_400);
  for (let i = 0; i < 5; i += 1) await browserAt(network(i)).login({ email, password: `guess ${i}` });
  expect((await laptop.login({ email, password: PASSWORD })).code).toBe('TOO_MANY_ATTEMPTS');
});

test('a network that has spent its budget keeps nobody from their own device, and the device has a small one', async () => {
  const strict = await startTestApp({
    clock,
    config: { server: { trustedProxies: ['127.0.0.0/8'] }, rateLimits: { loginsPerMinute: 3 } },
  });
  try {
    const email = newAddress();
    await strict.client().signUp({ email, password: PASSWORD });
    const laptop = browserAt(HOME, new Map(), strict.url);
    await laptop.signIn({ email, password: PASSWORD });
    const stranger = browserAt(HOME, new Map(), strict.url);
    const codes = [];
    for (let i = 0; i < 4; i += 1)
      codes.push((await stranger.login({ email: newAddress(), password: 'x' })).code);
    expect(codes).toEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', 'RATE_LIMITED', 'RATE_LIMITED']);
    expect((await stranger.login({ email, password: PASSWORD })).code).toBe('RATE_LIMITED');
    const own = [];
    for (let i = 0; i < 11; i += 1) own.push((await laptop.signIn({ email, password: PASSWORD })).code);
    expect(own).toEqual([...Array.from({ length: 10 }, () => undefined), 'RATE_LIMITED']);
    // The device is known on that account alone.
    expect((await laptop.login({ email: newAddress(), password: PASSWORD })).code).toBe('RATE_LIMITED');
  } finally {
    await strict.close();
  }
});
