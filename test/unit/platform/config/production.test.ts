import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/platform/config/load-config.js';
import { ConfigError } from '../../../../src/platform/config/problem.js';
import { productionRules } from '../../../../src/platform/config/production.js';

const safe = {
  NODE_ENV: 'production',
  AUTH_ENCRYPTION_KEY: 'kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG',
  AUTH_JWT__SECRET: 'aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH',
  AUTH_PUBLIC_URL: 'https://auth.example.com',
  AUTH_SMTP_HOST: 'smtp.example.com',
  DATABASE_URL: 'postgres://latchkey:pw@db/latchkey',
};

function refused(change: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig({ ...safe, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable);
    throw error;
  }
  return [];
}

test('a safe production configuration starts, and listens on every address', () => {
  const config = loadConfig(safe);
  expect(config.server.host).toBe('0.0.0.0');
  expect(config.systemAdmin.email).toBeNull();
});

const refusals: readonly [promise: string, variable: string, change: NodeJS.ProcessEnv][] = [
  ['a missing encryption key', 'AUTH_ENCRYPTION_KEY', { AUTH_ENCRYPTION_KEY: undefined }],
  ['a missing cookie secret', 'AUTH_JWT__SECRET', { AUTH_JWT__SECRET: '' }],
  [
    'a short encryption key',
    'AUTH_ENCRYPTION_KEY',
    { AUTH_ENCRYPTION_KEY: 'kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4' },
  ],
  ['one secret for both purposes', 'AUTH_JWT__SECRET', { AUTH_JWT__SECRET: safe.AUTH_ENCRYPTION_KEY }],
  ['a guessable old cookie secret', 'AUTH_JWT__OLD_SECRETS', { AUTH_JWT__OLD_SECRETS: 'x'.repeat(40) }],
  ['no public URL', 'AUTH_PUBLIC_URL', { AUTH_PUBLIC_URL: undefined }],
  ['a public URL over http', 'AUTH_PUBLIC_URL', { AUTH_PUBLIC_URL: 'http://auth.example.com' }],
  ['a public URL on localhost', 'AUTH_PUBLIC_URL', { AUTH_PUBLIC_URL: 'https://localhost' }],
  ['a public URL on ::1', 'AUTH_PUBLIC_URL', { AUTH_PUBLIC_URL: 'https://[::1]:8443' }],
  ['an issuer over http', 'AUTH_ISSUER', { AUTH_ISSUER: 'http://auth.example.com' }],
  ['an issuer on the loopback', 'AUTH_ISSUER', { AUTH_ISSUER: 'https://127.0.0.2/id' }],
  ['the embedded database', 'DATABASE_URL', { DATABASE_URL: undefined }],
  ['no SMTP server', 'AUTH_SMTP_HOST', { AUTH_SMTP_HOST: undefined }],
  ['a cheap password hash', 'AUTH_PASSWORD_HASH_MEMORY_KIB', { AUTH_PASSWORD_HASH_TIME: '1' }],
  ['a short admin password', 'AUTH_SYSTEM_ADMIN_PASSWORD', { AUTH_SYSTEM_ADMIN_PASSWORD: 'short' }],
  ['a default admin password', 'AUTH_SYSTEM_ADMIN_PASSWORD', { AUTH_SYSTEM_ADMIN_PASSWORD: 'Password12345' }],
  ['session cookies in the clear', 'AUTH_SESSION_COOKIE_SECURE', { AUTH_SESSION_COOKIE_SECURE: 'false' }],
  ['links over http', 'AUTH_ACCOUNT_URL', { AUTH_ACCOUNT_URL: 'http://app.example.com' }],
  [
    'looking passwords up over http',
    'AUTH_PASSWORD_BREACH_CHECK_URL',
    { AUTH_PASSWORD_BREACH_CHECK_URL: 'http://ranges.example.com' },
  ],
  [
    'credentials for any origin',
    'CORS_ALLOW_ORIGINS',
    { CORS_ALLOW_ORIGINS: '*', CORS_ALLOW_CREDENTIALS: 'true' },
  ],
];

test.each(refusals)('production refuses %s and names %s', (_, variable, change) => {
  expect(refused(change)).toEqual([variable]);
});

test('every production rule is broken by one of the refusals above', () => {
  const covered = new Set(refusals.map(([, variable]) => variable));
  expect(productionRules.map(({ variable }) => variable).filter((name) => !covered.has(name))).toEqual([]);
});

test.each([
  'changeme-changeme-changeme-changeme!',
  'a'.repeat(64),
  'abcabcabcabcabcabcabcabcabcabcabcabc',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  '0123456789abcdef0123456789abcdef',
  'this-is-a-Secret-nobody-would-guess-1',
  'Password-Password1-Password2-Password3',
  'your-256-bit-key-goes-here-thank-you-',
  'please replace me with 32 random bytes',
  'latchkey-development-key-0123456789',
])('production refuses the guessable secret %s, by name and not by value', (secret) => {
  for (const name of ['AUTH_ENCRYPTION_KEY', 'AUTH_JWT__SECRET']) {
    expect(refused({ [name]: secret })).toEqual([name]);
    expect(() => loadConfig({ ...safe, [name]: secret })).not.toThrow(secret);
  }
});

test('outside production the same settings start', () => {
  expect(() =>
    loadConfig({ ...safe, NODE_ENV: 'development', AUTH_PUBLIC_URL: undefined, AUTH_SMTP_HOST: undefined }),
  ).not.toThrow();
});

test('an old encryption key may be weak, or nobody could move away from it', () => {
  expect(refused({ AUTH_ENCRYPTION_OLD_KEYS: 'x'.repeat(40) })).toEqual([]);
});

test('production never takes generated secrets', () => {
  const generated = { AUTH_JWT__SECRET: safe.AUTH_JWT__SECRET };
  expect(() => loadConfig({ ...safe, AUTH_JWT__SECRET: undefined }, { generated })).toThrow(
    /AUTH_JWT__SECRET is not set/,
  );
});

test('production runs on the embedded database when told to', () => {
  expect(refused({ DATABASE_URL: undefined, AUTH_ALLOW_EMBEDDED_DATABASE: 'true' })).toEqual([]);
});

test('all production refusals come together', () => {
  expect(() => loadConfig({ NODE_ENV: 'production' })).toThrow(/has 5 problems/);
});
