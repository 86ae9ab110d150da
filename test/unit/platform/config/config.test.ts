import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import { dataDirectoryOf, loadConfig, readEnvironment } from '../../../../src/platform/config/load-config.js';
import { printConfig } from '../../../../src/platform/config/print-config.js';
import { ConfigError } from '../../../../src/platform/config/problem.js';
import { testConfig } from '../../../support/config.js';

const KEY = 'kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG';
const COOKIE = 'aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH';
const OLD = 'Qq1Ww2Ee3Rr4Tt5Yy6Uu7Ii8Oo9Pp0AaSs';
const secrets = { AUTH_ENCRYPTION_KEY: KEY, AUTH_JWT__SECRET: COOKIE };

function problemsOf(env: NodeJS.ProcessEnv): readonly { variable: string; sentence: string }[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('with only its secrets set, a development server has a whole configuration', () => {
  const config = loadConfig(secrets);
  expect(config).toMatchObject({
    environment: 'development',
    server: { host: '127.0.0.1', port: 3000, publicUrl: 'http://localhost:3000', trustedProxies: [] },
    database: { kind: 'embedded', directory: join(resolve('.data'), 'db') },
    dataDirectory: resolve('.data'),
    issuer: 'http://localhost:3000',
    audience: 'http://localhost:3000',
    signing: { algorithm: 'ES256', rotationSeconds: 7_776_000, publishAheadSeconds: 300 },
    tokens: { accessTtlSeconds: 900 },
    sessions: { idleTtlSeconds: 604_800, absoluteTtlSeconds: 2_592_000, replayWindowSeconds: 10 },
    passwordHash: { memoryKib: 19_456, timeCost: 2, parallelism: 1, queueLimit: 64 },
    systemAdmin: { email: 'admin@latchkey.local', password: null },
    mail: { kind: 'dev-mailbox', from: 'Latchkey <no-reply@latchkey.local>' },
    cors: { origins: [], originPatterns: [], credentials: false },
    log: { level: 'info' },
    warnings: [],
  });
  expect(config.keys.encryption.reveal()).toBe(KEY);
  expect(config.cookies.secret.reveal()).toBe(COOKIE);
});

test('every problem is reported at once, each under its own variable', () => {
  const found = problemsOf({
    PORT: 'eighty',
    AUTH_ACCESS_TOKEN_TTL: '5',
    AUTH_LOG_LEVEL: 'loud',
    AUTH_ISSUER: 'not a url',
    AUTH_SMTP_SECURE: 'perhaps',
    AUTH_ENCRYPTION_KEY: KEY,
  });
  expect(found.map(({ variable }) => variable).toSorted()).toEqual([
    'AUTH_ACCESS_TOKEN_TTL',
    'AUTH_ISSUER',
    'AUTH_JWT__SECRET',
    'AUTH_LOG_LEVEL',
    'AUTH_SMTP_SECURE',
    'PORT',
  ]);
});

test('the message of the error names each variable and says what it must be', () => {
  expect(() => loadConfig({ ...secrets, PORT: '70000', AUTH_ACCESS_TOKEN_TTL: '5' })).toThrow(
    [
      'The configuration has 2 problems:',
      '  PORT must be a port number from 0 to 65535.',
      '  AUTH_ACCESS_TOKEN_TTL must be a whole number of seconds from 60 to 3600.',
    ].join('\n'),
  );
});

test('the configuration is frozen all the way down, and its secrets still open', () => {
  const config = loadConfig({ ...secrets, AUTH_JWT__OLD_SECRETS: OLD });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.sessions)).toBe(true);
  expect(Object.isFrozen(config.cookies.oldSecrets)).toBe(true);
  expect(config.cookies.oldSecrets[0]?.reveal()).toBe(OLD);
});

test.each(['AUTH_JWT__OLD_SECRETS', 'AUTH_ENCRYPTION_OLD_KEYS'])(
  '%s is read as a comma list and as a JSON array',
  (name) => {
    for (const text of [`${OLD}, ${KEY},`, JSON.stringify([OLD, KEY])]) {
      const config = loadConfig({ ...secrets, [name]: text });
      const old = name === 'AUTH_JWT__OLD_SECRETS' ? config.cookies.oldSecrets : config.keys.oldEncryption;
      expect(old.map((one) => one.reveal())).toEqual([OLD, KEY]);
    }
  },
);

test('a short secret is refused in every environment, old ones included', () => {
  for (const NODE_ENV of ['development', 'test', 'production']) {
    const found = problemsOf({
      NODE_ENV,
      AUTH_ENCRYPTION_KEY: 'short',
      AUTH_JWT__SECRET: 'short',
      AUTH_JWT__OLD_SECRETS: `${OLD},short`,
      AUTH_ENCRYPTION_OLD_KEYS: '["short"]',
    });
    const variables = found.filter(({ sentence }) => sentence.includes('32 characters'));
    expect(variables, NODE_ENV).toHaveLength(4);
  }
});

test('no secret is in the text, the inspection or the JSON of an error or of a configuration', () => {
  const canaries = ['canary-one', 'canary-two-canary', 'canary@pw', 'canary-mail'];
  const env = {
    AUTH_ENCRYPTION_KEY: 'canary-one',
    AUTH_JWT__OLD_SECRETS: '["canary-two-canary"',
    DATABASE_URL: 'mysql://user:canary@pw@host/db',
    AUTH_SYSTEM_ADMIN_PASSWORD: 'canary-mail\n',
    AUTH_SMTP_PASSWORD: 'canary-mail\u0000',
  };
  const error = catchError(() => loadConfig(env));
  const config = loadConfig({
    ...secrets,
    AUTH_JWT__OLD_SECRETS: OLD,
    DATABASE_URL: 'postgres://user:canary@host/db',
    AUTH_SMTP_HOST: 'smtp.example.com',
    AUTH_SMTP_USERNAME: 'latchkey',
    AUTH_SMTP_PASSWORD: 'canary-mail',
    AUTH_SYSTEM_ADMIN_PASSWORD: 'canary-admin',
  });
  const texts = [error, config].flatMap((value) => [
    String(value),
    inspect(value, { depth: 10, showHidden: true }),
    JSON.stringify(value),
  ]);
  texts.push(printConfig(config), (error as Error).stack ?? '');
  for (const text of texts) {
    for (const secret of ['canary', ...canaries, KEY, COOKIE, OLD]) expect(text).not.toContain(secret);
  }
});

test('print-config names every value and reads [secret] where there is one', () => {
  const printed = printConfig(loadConfig({ ...secrets, AUTH_JWT__OLD_SECRETS: OLD }));
  expect(printed).toContain('server.port = 3000');
  expect(printed).toContain('keys.encryption = [secret]');
  expect(printed).toContain('cookies.oldSecrets = ["[secret]"]');
});

test('a misspelt AUTH_ variable is warned of, with the name that was probably meant', () => {
  const { warnings } = loadConfig({ ...secrets, AUTH_ISUER: 'https://x.test', AUTH_SOMETHING_ELSE: '1' });
  expect(warnings).toEqual([
    'AUTH_ISUER is not a setting and has no effect; did you mean AUTH_ISSUER?',
    'AUTH_SOMETHING_ELSE is not a setting and has no effect.',
  ]);
});

test('an empty variable counts as not set', () => {
  expect(loadConfig({ ...secrets, PORT: '', AUTH_ISSUER: '  ' }).server.port).toBe(3000);
});

test('the public URL, issuer and audience follow from one another', () => {
  expect(loadConfig({ ...secrets, PORT: '4000' }).issuer).toBe('http://localhost:4000');
  const config = loadConfig({ ...secrets, AUTH_PUBLIC_URL: 'https://auth.example.com/' });
  expect(config.server.publicUrl).toBe('https://auth.example.com');
  expect(config.audience).toBe('https://auth.example.com');
  expect(config.mail.from).toBe('Latchkey <no-reply@auth.example.com>');
  expect(loadConfig({ ...secrets, AUTH_ISSUER: 'https://id.example.com/a' }).audience).toBe(
    'https://id.example.com/a',
  );
});

test('DATABASE_URL chooses Postgres with four connections for each core', () => {
  const { database } = loadConfig({ ...secrets, DATABASE_URL: 'postgres://u:p@db/latchkey' });
  expect(database).toMatchObject({ kind: 'postgres', poolSize: 4 * availableParallelism() });
  expect(database.kind === 'postgres' && database.url.reveal()).toBe('postgres://u:p@db/latchkey');
});

test('memory:// keeps the database in memory', () => {
  const config = loadConfig({ ...secrets, AUTH_DATA_DIR: 'memory://' });
  expect(config.database).toEqual({ kind: 'embedded', directory: 'memory://' });
  expect(dataDirectoryOf({ AUTH_DATA_DIR: 'memory://' })).toBe('memory://');
});

test('an SMTP host chooses SMTP', () => {
  const mail = { AUTH_SMTP_HOST: 'smtp.example.com', AUTH_SMTP_FROM: 'Us <us@example.com>' };
  expect(loadConfig({ ...secrets, ...mail }).mail).toEqual({
    kind: 'smtp',
    host: 'smtp.example.com',
    port: 587,
    secure: false,
    username: null,
    password: null,
    from: 'Us <us@example.com>',
  });
});

test('origin patterns are anchored, so that no suffix or prefix of an origin matches', () => {
  const text = 'https://[a-z]+\\.example\\.com';
  const { originPatterns } = loadConfig({ ...secrets, CORS_ALLOW_ORIGIN_REGEX: text }).cors;
  const pattern = new RegExp(originPatterns[0] ?? '', 'u');
  expect(pattern.test('https://app.example.com')).toBe(true);
  expect(pattern.test('https://app.example.com.evil.test')).toBe(false);
  expect(pattern.test('xhttps://app.example.com')).toBe(false);
});

test('generated secrets fill in for missing ones, and never for given ones', () => {
  const generated = { AUTH_ENCRYPTION_KEY: OLD, AUTH_JWT__SECRET: OLD };
  const config = loadConfig({ AUTH_JWT__SECRET: COOKIE }, { generated });
  expect(config.keys.encryption.reveal()).toBe(OLD);
  expect(config.cookies.secret.reveal()).toBe(COOKIE);
});

test('the test configuration takes overrides of a part and stays frozen', () => {
  const config = testConfig({
    sessions: { idleTtlSeconds: 60 },
    mail: { kind: 'dev-mailbox', from: 'a@b.test' },
  });
  expect(config.sessions).toEqual({ ...testConfig().sessions, idleTtlSeconds: 60 });
  expect(config.mail).toEqual({ kind: 'dev-mailbox', from: 'a@b.test' });
  expect(config.keys.encryption).toBeInstanceOf(Secret);
  expect(Object.isFrozen(config.sessions)).toBe(true);
});

test('the environment is read as a copy', () => {
  const env = readEnvironment();
  env.LATCHKEY_TEST_ONLY = '1';
  expect(readEnvironment().LATCHKEY_TEST_ONLY).toBeUndefined();
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
