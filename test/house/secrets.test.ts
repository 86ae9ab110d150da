import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app/app.js';
import { createAdmin } from '../../src/app/seed-system-admin.js';
import { Secret } from '../../src/kernel/secret.js';
import { createLogger } from '../../src/platform/logger.js';
import type { DevMailbox } from '../../src/platform/mail/dev-mailbox.js';
import { everyRow, foundIn } from '../support/canaries.js';
import { Client } from '../support/client.js';
import { testConfig } from '../support/config.js';
import { embeddedTemplate } from '../support/database-template.js';
import { operations, run } from '../support/operations.js';

const EMAIL = 'canary-owner@example.com';
const ADMIN_EMAIL = 'canary-admin@example.com';

/** Secrets that the flow below uses, each recognisable wherever it turns up. Those issued are added as it runs. */
const canaries: Record<string, string> = {
  password: 'canary-password-Zq7xLm2Kp9',
  'wrong password': 'canary-wrong-password-8vNcR4tYw1',
  'admin password': 'canary-admin-password-5hJdS6gFa3',
  'encryption key': 'canary-encryption-key-0Xb3nV8mQw5eR7tYu1Io4P',
  'cookie secret': 'canary-cookie-secret-9Lk2Jh6Gf4Ds8Aq1Zx3Cv5B',
  'malformed bearer token': 'canary-bearer-token-2wErT6yUi8',
  'API key': 'canary-api-key-4pLoK7jIh3',
  'password in a broken document': 'canary-broken-document-6mNbV5cXz9',
  'password in a wrong place': 'canary-wrong-place-2sDfG4hJk6',
  'literal password of a wrong type': 'canary-wrong-literal-9qWeR1tYu3',
  'password of a wrong type': 'canary-wrong-type-1aSdF3gHj7',
  'password in an unknown field': 'canary-unknown-field-3kLmN9bVc5',
  'token in a query string': 'canary-query-string-7uYtR2eWq6',
  'wrong client secret': 'canary-client-secret-8iUyT5rEw2',
  'token of the introspection form': 'canary-form-token-5tGbV6fRc4',
};

const log: string[] = [];
/** Every answer that is a refusal, headers and body. */
const refusals: string[] = [];
let app: App;
let dump: string;
let mails: string;

beforeAll(async () => {
  app = await startCanaryApp();
  await useEverything();
  await failInside();
  dump = await everyRow(app);
  mails = JSON.stringify((app.services.mailer as DevMailbox).messages());
});
afterAll(() => app.close());

describe('after a flow in which every secret is used, rightly and wrongly', () => {
  test('there was something to look through', () => {
    expect(Object.keys(canaries).length).toBeGreaterThan(16);
    expect(log.length).toBeGreaterThan(3);
    expect(log.join('')).toContain('an operation failed');
    expect(refusals.length).toBeGreaterThan(10);
    expect(dump).toContain(EMAIL);
    expect(dump).toContain('login.failed');
    expect(mails).toContain(EMAIL);
  });

  test('no secret is in a line of the log, at the level debug', () => {
    expect(foundIn(log.join('\n'), canaries)).toEqual([]);
  });

  test('no secret is in a row of the database: not in the audit trail, not in the event log, nowhere', () => {
    expect(foundIn(dump, canaries)).toEqual([]);
  });

  test('no private key is in the database in clear', () => {
    // A JWK holds its public point under x and its private part under d (RFC 7518 §6.2).
    expect([...dump.matchAll(/\W+x\W+[\w-]{43}\W/g)]).toHaveLength(2);
    expect(dump).not.toMatch(/\Wd\W+[\w-]{43}\W/);
  });

  test('no secret is in a mail', () => {
    expect(foundIn(mails, canaries)).toEqual([]);
  });

  test('no secret is in the answer to a request that was refused', () => {
    expect(foundIn(refusals.join('\n'), canaries)).toEqual([]);
  });

  test('a secret would be found, in clear or encoded', () => {
    const { password = '' } = canaries;
    const encoded = Buffer.from(password).toString('base64');
    expect(foundIn(`before ${password} after`, canaries)).toEqual(['password']);
    expect(foundIn(`before ${encoded} after`, canaries)).toEqual(['password']);
    expect(foundIn(Buffer.from(password).toString('hex'), canaries)).toEqual(['password']);
  });
});

async function startCanaryApp(): Promise<App> {
  const { 'encryption key': encryption = '', 'cookie secret': secret = '' } = canaries;
  const config = testConfig({
    keys: { encryption: new Secret(encryption) },
    cookies: { secret: new Secret(secret) },
  });
  const logger = createLogger({ level: 'debug' }, { write: (line) => void log.push(line) });
  const started = await startApp(config, { logger, template: await embeddedTemplate() });
  await createAdmin(started.services, ADMIN_EMAIL, canaries['admin password'] ?? '');
  return started;
}

async function useEverything(): Promise<void> {
  const { password = '', 'wrong password': wrong = '', 'admin password': adminPassword = '' } = canaries;
  const person = new Client(app.url);
  await person.signUp({ email: EMAIL, password });
  await person.signUp({ email: EMAIL, password });
  await person.login({ email: EMAIL, password });
  canaries['first refresh token'] = person.refreshToken ?? '';
  canaries['first access token'] = person.accessToken ?? '';
  await person.refresh();
  canaries['second refresh token'] = person.refreshToken ?? '';
  canaries['second access token'] = person.accessToken ?? '';
  await refused(person, 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
    input: { email: EMAIL, password: wrong },
  });

  const admin = new Client(app.url);
  await admin.login({ email: ADMIN_EMAIL, password: adminPassword });
  const account = { input: { name: 'canary-service' } };
  const { createServiceAccount: made } = await run(admin, operations.createServiceAccount, account);
  canaries['client secret'] = made.clientSecret;
  const basic = Buffer.from(`${made.clientId}:${made.clientSecret}`).toString('base64');
  const introspect = (authorization: string, token: string) =>
    new Client(app.url).fetch('/auth/introspect', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
    });
  await introspect(`Basic ${basic}`, person.accessToken ?? '');
  await keep(await introspect(`Basic ${basic}`, canaries['token of the introspection form'] ?? ''));
  const wrongBasic = Buffer.from(`${made.clientId}:${canaries['wrong client secret']}`).toString('base64');
  await keep(await introspect(`Basic ${wrongBasic}`, person.accessToken ?? ''));

  await presentBadly(person);
  await run(admin, operations.rotateSigningKey, { input: { overlapSeconds: 0 } }).catch(() => undefined);
  // Past its replay window the first refresh token ends the family.
  await app.services.em.fork().execute("update refresh_tokens set rotated_at = now() - interval '1 hour'");
  await refused(
    person,
    'mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { __typename } }',
    {
      t: canaries['first refresh token'],
    },
  );
}

/** Secrets where they do not belong: broken documents, wrong types, headers, addresses. */
async function presentBadly(person: Client): Promise<void> {
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  await refused(
    person,
    `mutation { login(input: { password: "${canaries['password in a broken document']}" `,
  );
  await refused(
    person,
    `mutation { login(input: { email: 3, password: "${canaries['password in a broken document']}" }) { __typename } }`,
  );
  await refused(
    person,
    `mutation { login(input: { "${canaries['password in a wrong place']}": 1 }) { __typename } }`,
  );
  await refused(
    person,
    `mutation { login(input: { email: "a", password: ["${canaries['literal password of a wrong type']}"] }) { __typename } }`,
  );
  await refused(person, login, { input: canaries['password of a wrong type'] });
  await refused(person, login, { input: { email: EMAIL, password: [canaries['password of a wrong type']] } });
  await refused(person, login, {
    input: { email: EMAIL, password: 'x', pasword: canaries['password in an unknown field'] },
  });
  const headers = [
    { authorization: `Bearer ${canaries['malformed bearer token']}` },
    { authorization: `Nonsense ${canaries['malformed bearer token']}` },
    { 'x-api-key': canaries['API key'] ?? '' },
  ];
  for (const header of headers) await refused(new Client(app.url), '{ viewer { id } }', {}, header);
  const secretInUrl = `access_token=${canaries['token in a query string']}`;
  for (const path of ['/auth/validate', '/nowhere', '/graphql', '/%zz']) {
    await keep(await new Client(app.url).fetch(`${path}?${secretInUrl}`));
  }
}

/** What the database says when it fails goes to the log: with the statement, and its values. */
async function failInside(): Promise<void> {
  const { password = '' } = canaries;
  const em = app.services.em.fork();
  await em.execute('alter table passwords rename to passwords_gone');
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  await refused(new Client(app.url), login, { input: { email: EMAIL, password } });
  const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }';
  await refused(new Client(app.url), signUp, { input: { email: 'canary-other@example.com', password } });
  await em.execute('alter table passwords_gone rename to passwords');
}

async function refused(client: Client, query: string, variables = {}, headers = {}): Promise<void> {
  const response = await client.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await keep(response);
  expect(text).toContain('"errors"');
}

async function keep(response: Response): Promise<string> {
  const text = await response.text();
  refusals.push(JSON.stringify([...response.headers]), text);
  return text;
}
