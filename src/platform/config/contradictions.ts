import { publicUrlOf } from './addresses.js';
import type { Rule } from './rule.js';
import type { SettingValues } from './settings.js';

/** Settings that cannot be meant together, in any environment. */
export const contradictions: readonly Rule[] = [
  {
    variable: 'CORS_ALLOW_ORIGINS',
    sentence:
      'must not be `*` while CORS_ALLOW_CREDENTIALS is true: any website could act as the person visiting it. Name the origins.',
    refuses: ({ cors }) => cors.credentials && cors.origins.includes('*'),
  },
  {
    variable: 'CORS_ALLOW_ORIGIN_REGEX',
    sentence:
      'must not match every origin while CORS_ALLOW_CREDENTIALS is true: any website could act as the person visiting it.',
    refuses: ({ cors }) => cors.credentials && (cors.originPatterns ?? []).some(matchesStrangers),
  },
  {
    variable: 'AUTH_SESSION_IDLE_TTL',
    sentence: 'must not be longer than AUTH_SESSION_ABSOLUTE_TTL.',
    refuses: ({ sessions }) => sessions.idleTtlSeconds > sessions.absoluteTtlSeconds,
  },
  {
    variable: 'AUTH_API_KEY_DEFAULT_DAYS',
    sentence: 'must not be more than AUTH_API_KEY_MAX_DAYS.',
    refuses: ({ apiKeys }) => apiKeys.defaultDays > apiKeys.maxDays,
  },
  {
    variable: 'AUTH_LOCKOUT_BASE',
    sentence: 'must not be longer than AUTH_LOCKOUT_CAP.',
    refuses: ({ lockout }) => lockout.baseSeconds > lockout.capSeconds,
  },
  {
    variable: 'AUTH_SESSION_IDLE_TTL',
    sentence:
      'must not be shorter than AUTH_ACCESS_TOKEN_TTL: a session would end before its first access token.',
    refuses: ({ sessions, tokens }) => sessions.idleTtlSeconds < tokens.accessTtlSeconds,
  },
  {
    variable: 'AUTH_SIGNING_KEY_ROTATION_SECONDS',
    sentence:
      'must be 0 or longer than AUTH_SIGNING_KEY_PUBLISH_AHEAD_SECONDS: a key cannot retire before it signs.',
    refuses: ({ signing: { rotationSeconds, publishAheadSeconds } }) =>
      rotationSeconds > 0 && rotationSeconds <= publishAheadSeconds,
  },
  {
    variable: 'AUTH_PASSWORD_HASH_MEMORY_KIB',
    sentence: 'must be at least eight times AUTH_PASSWORD_HASH_PARALLELISM (RFC 9106 §3.1).',
    refuses: ({ passwordHash }) => passwordHash.memoryKib < 8 * passwordHash.parallelism,
  },
  {
    variable: 'AUTH_SMTP_PASSWORD',
    sentence: 'and AUTH_SMTP_USERNAME belong together: set both or neither.',
    refuses: ({ mail }) => (mail.username === undefined) !== (mail.password === undefined),
  },
  {
    variable: 'AUTH_SESSION_COOKIE_SAMESITE',
    sentence: 'must not be `none` while AUTH_SESSION_COOKIE_SECURE is false: browsers drop such cookies.',
    refuses: ({ sessionCookies }) => sessionCookies.sameSite === 'none' && !sessionCookies.secure,
  },
  {
    variable: 'AUTH_SESSION_COOKIE_DOMAIN',
    sentence:
      'must be the host of AUTH_PUBLIC_URL or a domain above it: browsers drop cookies for any other.',
    refuses: (values) => {
      const { domain } = values.sessionCookies;
      return domain !== undefined && !`.${new URL(publicUrlOf(values)).hostname}`.endsWith(`.${domain}`);
    },
  },
];

/** Secrets that must come from somewhere: outside production from the generated ones. */
export const missingSecrets: readonly Rule[] = [
  {
    variable: 'AUTH_ENCRYPTION_KEY',
    sentence: 'is not set, and none was generated.',
    refuses: ({ keys }: SettingValues) => !keys.encryption,
  },
  {
    variable: 'AUTH_JWT__SECRET',
    sentence: 'is not set, and none was generated.',
    refuses: ({ cookies }: SettingValues) => !cookies.secret,
  },
];

// Origins that nobody lists on purpose: the name is reserved (RFC 2606 §2).
function matchesStrangers(pattern: string): boolean {
  const matcher = new RegExp(pattern, 'u');
  return matcher.test('https://stranger.invalid') || matcher.test('http://stranger.invalid:81');
}
