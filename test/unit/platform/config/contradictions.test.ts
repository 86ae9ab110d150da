import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/platform/config/load-config.js';

const secrets = {
  AUTH_ENCRYPTION_KEY: 'kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG',
  AUTH_JWT__SECRET: 'aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH',
};

const credentials = { CORS_ALLOW_CREDENTIALS: 'true' };

test.each<[string, NodeJS.ProcessEnv]>([
  ['CORS_ALLOW_ORIGINS', { CORS_ALLOW_ORIGINS: '*', ...credentials }],
  ['CORS_ALLOW_ORIGINS', { CORS_ALLOW_ORIGINS: 'https://a.test,*', ...credentials }],
  ['CORS_ALLOW_ORIGIN_REGEX', { CORS_ALLOW_ORIGIN_REGEX: '.*', ...credentials }],
  ['CORS_ALLOW_ORIGIN_REGEX', { CORS_ALLOW_ORIGIN_REGEX: 'https?://.+', ...credentials }],
  ['AUTH_SESSION_IDLE_TTL', { AUTH_SESSION_IDLE_TTL: '7200', AUTH_SESSION_ABSOLUTE_TTL: '3600' }],
  ['AUTH_LOCKOUT_BASE', { AUTH_LOCKOUT_BASE: '100', AUTH_LOCKOUT_CAP: '99' }],
  ['AUTH_SIGNING_KEY_ROTATION_SECONDS', { AUTH_SIGNING_KEY_ROTATION_SECONDS: '300' }],
  [
    'AUTH_SESSION_COOKIE_SAMESITE',
    { AUTH_SESSION_COOKIE_SAMESITE: 'none', AUTH_SESSION_COOKIE_SECURE: 'false' },
  ],
  ['AUTH_SESSION_COOKIE_DOMAIN', { AUTH_SESSION_COOKIE_DOMAIN: 'example.com' }],
  [
    'AUTH_SESSION_COOKIE_DOMAIN',
    { AUTH_SESSION_COOKIE_DOMAIN: 'ample.com', AUTH_PUBLIC_URL: 'https://example.com' },
  ],
  ['AUTH_SMTP_PASSWORD', { AUTH_SMTP_HOST: 'h', AUTH_SMTP_USERNAME: 'u' }],
  ['AUTH_SMTP_PASSWORD', { AUTH_SMTP_HOST: 'h', AUTH_SMTP_PASSWORD: 'p' }],
])('%s is refused outside production too when it contradicts another setting: %j', (variable, change) => {
  expect(() => loadConfig({ ...secrets, ...change })).toThrow(`a problem:\n  ${variable} `);
});

test('any origin may call without credentials', () => {
  expect(loadConfig({ ...secrets, CORS_ALLOW_ORIGINS: '*' }).cors.origins).toEqual(['*']);
});

test.each(['auth.example.com', 'example.com'])(
  'cookies may be for the host and for the domain above: %s',
  (domain) => {
    const env = {
      ...secrets,
      AUTH_PUBLIC_URL: 'https://auth.example.com',
      AUTH_SESSION_COOKIE_DOMAIN: domain,
    };
    expect(loadConfig(env).sessionCookies.domain).toBe(domain);
  },
);

test('a signing key may be left to rotate by hand only', () => {
  expect(loadConfig({ ...secrets, AUTH_SIGNING_KEY_ROTATION_SECONDS: '0' }).signing.rotationSeconds).toBe(0);
});
