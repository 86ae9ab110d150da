import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import type { Config } from '../../../src/platform/config/config.js';
import { loadConfig } from '../../../src/platform/config/load-config.js';
import { Secret } from '../../../src/kernel/secret.js';
import { newAddress, PASSWORD } from '../../support/accounts.js';
import { Browser } from '../../support/browser.js';
import { Client } from '../../support/client.js';
import { testConfig } from '../../support/config.js';
import { databaseUrl, freshPostgres } from '../../support/database-template.js';

const FIRST = 'the cookie secret of the first start 1';
const SECOND = 'the cookie secret of the second start 2';
const THIRD = 'the cookie secret of the third start 3';
const VIEWER = '{ viewer { email } }';

let storage: Pick<Config, 'database' | 'dataDirectory'>;
let release: () => Promise<void>;
let running: App | undefined;

beforeAll(async () => {
  if (databaseUrl !== undefined) {
    const { url, drop } = await freshPostgres(databaseUrl);
    storage = {
      database: { kind: 'postgres', url: new Secret(url), poolSize: 8 },
      dataDirectory: 'memory://',
    };
    release = drop;
    return;
  }
  const dataDirectory = mkdtempSync(join(tmpdir(), 'latchkey-secrets-'));
  storage = { database: { kind: 'embedded', directory: join(dataDirectory, 'db') }, dataDirectory };
  release = async () => rmSync(dataDirectory, { recursive: true });
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});
afterAll(async () => await release());

/** Starts anew on the same database with these values of AUTH_JWT__SECRET and AUTH_JWT__OLD_SECRETS. */
async function restart(secret: string, oldSecrets = ''): Promise<string> {
  await running?.close();
  const { cookies } = loadConfig({
    NODE_ENV: 'test',
    AUTH_DATA_DIR: 'memory://',
    AUTH_ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdef',
    AUTH_JWT__SECRET: secret,
    AUTH_JWT__OLD_SECRETS: oldSecrets,
  });
  running = await startApp(testConfig({ ...storage, cookies }));
  return running.url;
}

/** The same browser, at the address where the server is now. */
function at(url: string, before: Browser): Browser {
  const browser = new Browser(url);
  for (const [name, value] of before.cookies) browser.cookies.set(name, value);
  browser.csrfToken = before.csrfToken;
  return browser;
}

async function signedIn(url: string): Promise<{ browser: Browser; email: string }> {
  const email = newAddress();
  expect((await new Client(url).signUp({ email, password: PASSWORD })).errors).toEqual([]);
  const browser = new Browser(url);
  expect((await browser.signIn({ email, password: PASSWORD })).errors).toEqual([]);
  return { browser, email };
}

/** Whether this browser gets in at once while strangers have locked the account. */
async function isRecognised(browser: Browser, email: string): Promise<boolean> {
  for (let i = 0; i < 5; i += 1) {
    await new Browser(browser.url).signIn({ email, password: `guess ${i}` });
  }
  const { code } = await browser.signIn({ email, password: PASSWORD });
  expect([undefined, 'TOO_MANY_ATTEMPTS']).toContain(code);
  return code === undefined;
}

test.each([
  ['a comma list', `${THIRD},${FIRST}`],
  ['a JSON array', JSON.stringify([THIRD, FIRST])],
])(
  'under a new secret, with the old one in %s, nobody notices: session, CSRF token and device go on',
  async (_, oldSecrets) => {
    const { browser: before, email } = await signedIn(await restart(FIRST));
    const browser = at(await restart(SECOND, oldSecrets), before);
    expect((await browser.send(VIEWER)).data?.['viewer'].email).toBe(email);
    const token = browser.csrfToken;
    expect((await browser.renew()).errors).toEqual([]);
    // Refreshed under the new secret, so that the old one can be dropped when every session has been.
    expect(browser.csrfToken).not.toBe(token);
    expect((await browser.send(VIEWER)).errors).toEqual([]);
    expect(await isRecognised(browser, email)).toBe(true);

    const later = at(await restart(SECOND), browser);
    expect((await later.send(VIEWER)).errors).toEqual([]);
    expect(await isRecognised(later, email)).toBe(true);
  },
  120_000,
);

test('without the old secret a page has to refresh, and then goes on in the same session; the device is a stranger', async () => {
  const { browser: before, email } = await signedIn(await restart(FIRST));
  const browser = at(await restart(SECOND), before);
  const refused = await browser.send(VIEWER);
  expect([refused.status, refused.code]).toEqual([403, 'CSRF_REFUSED']);
  expect((await browser.fetch('/auth/validate')).status).toBe(200);
  expect((await browser.renew()).errors).toEqual([]);
  expect((await browser.send(VIEWER)).data?.['viewer'].email).toBe(email);
  expect(await isRecognised(browser, email)).toBe(false);
}, 120_000);
