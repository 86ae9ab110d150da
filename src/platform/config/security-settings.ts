import { integer, oneOf, secret, secretList, seconds } from './env.js';
import { optional, setting } from './setting.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Settings of keys, tokens, sessions and passwords. */
export const securitySettings = {
  keys: {
    encryption: optional('AUTH_ENCRYPTION_KEY', secret(), {
      otherwise: 'generated outside production and kept in `AUTH_DATA_DIR`',
      about: 'The key that secrets in the database are encrypted under. Required in production.',
    }),
    oldEncryption: setting('AUTH_ENCRYPTION_OLD_KEYS', secretList(), {
      default: '',
      about: 'Earlier encryption keys, still accepted for reading until everything is encrypted anew.',
    }),
  },
  cookies: {
    secret: optional('AUTH_JWT__SECRET', secret(), {
      otherwise: 'generated outside production and kept in `AUTH_DATA_DIR`',
      about: 'The secret that signs cookies. Required in production.',
    }),
    oldSecrets: setting('AUTH_JWT__OLD_SECRETS', secretList(), {
      default: '',
      about: 'Earlier cookie secrets, still accepted for checking.',
    }),
  },
  signing: {
    algorithm: setting('AUTH_SIGNING_ALGORITHM', oneOf(['ES256', 'RS256', 'EdDSA']), {
      default: 'ES256',
      about: 'How tokens are signed. A change takes effect with the next signing key.',
    }),
    rotationSeconds: setting('AUTH_SIGNING_KEY_ROTATION_SECONDS', seconds(0, 10 * YEAR), {
      default: '7776000',
      about: 'The age at which a signing key is replaced; `0` replaces it only on request.',
    }),
    publishAheadSeconds: setting('AUTH_SIGNING_KEY_PUBLISH_AHEAD_SECONDS', seconds(60, 7 * DAY), {
      default: '300',
      about:
        'How long a new signing key is published before it signs, so that every verifier has it by then.',
    }),
  },
  tokens: {
    accessTtlSeconds: setting('AUTH_ACCESS_TOKEN_TTL', seconds(60, HOUR), {
      default: '900',
      about: 'How long an access token is valid.',
    }),
  },
  sessions: {
    idleTtlSeconds: setting('AUTH_SESSION_IDLE_TTL', seconds(60, YEAR), {
      default: '604800',
      about: 'How long a session lives without being used.',
    }),
    absoluteTtlSeconds: setting('AUTH_SESSION_ABSOLUTE_TTL', seconds(60, YEAR), {
      default: '2592000',
      about: 'How long a session lives at most, however much it is used.',
    }),
    replayWindowSeconds: setting('AUTH_REFRESH_REPLAY_WINDOW', seconds(0, 60), {
      default: '10',
      about:
        'For how long a refresh token may come twice (a lost answer, two tabs) before that counts as theft.',
    }),
  },
  passwordHash: {
    memoryKib: setting('AUTH_PASSWORD_HASH_MEMORY_KIB', integer(1024, 1_048_576), {
      default: '19456',
      about: 'Memory of one argon2id hash, in KiB.',
    }),
    timeCost: setting('AUTH_PASSWORD_HASH_TIME', integer(1, 20), {
      default: '2',
      about: 'Passes of one argon2id hash.',
    }),
    parallelism: setting('AUTH_PASSWORD_HASH_PARALLELISM', integer(1, 16), {
      default: '1',
      about: 'Lanes of one argon2id hash.',
    }),
    queueLimit: setting('AUTH_PASSWORD_HASH_QUEUE', integer(1, 10_000), {
      default: '64',
      about: 'Hashes that may wait for a processor core; one more is answered SERVER_BUSY.',
    }),
  },
  lockout: {
    threshold: setting('AUTH_LOCKOUT_THRESHOLD', integer(1, 100), {
      default: '5',
      about: 'Failed attempts within the window after which the next one must wait.',
    }),
    windowSeconds: setting('AUTH_LOCKOUT_WINDOW', seconds(60, DAY), {
      default: '900',
      about: 'For how long a failed attempt counts.',
    }),
    baseSeconds: setting('AUTH_LOCKOUT_BASE', seconds(1, DAY), {
      default: '30',
      about: 'The first wait; each further failure doubles it.',
    }),
    capSeconds: setting('AUTH_LOCKOUT_CAP', seconds(1, DAY), {
      default: '3600',
      about: 'The longest wait.',
    }),
  },
  rateLimits: {
    loginsPerMinute: setting('AUTH_RATE_LIMIT_LOGINS_PER_MINUTE', integer(1, 1_000_000), {
      default: '300',
      about: 'Sign-ins that one network (/24 for IPv4, /64 for IPv6) may try, right or wrong.',
    }),
    signUpsPerHour: setting('AUTH_RATE_LIMIT_SIGN_UPS_PER_HOUR', integer(1, 1_000_000), {
      default: '60',
      about: 'Accounts that one network may ask for.',
    }),
    tokenRequestsPerMinute: setting('AUTH_RATE_LIMIT_TOKEN_REQUESTS_PER_MINUTE', integer(1, 10_000_000), {
      default: '600',
      about: 'Access tokens that one service account may ask for.',
    }),
    introspectionsPerMinute: setting('AUTH_RATE_LIMIT_INTROSPECTIONS_PER_MINUTE', integer(1, 100_000_000), {
      default: '600000',
      about: 'Introspections that one service account may ask for at one process.',
    }),
    validationsPerMinute: setting('AUTH_RATE_LIMIT_VALIDATIONS_PER_MINUTE', integer(1, 100_000_000), {
      default: '60000',
      about: 'Validations that the credential of one user or machine is good for at one process.',
    }),
    clientFailuresPerMinute: setting('AUTH_RATE_LIMIT_CLIENT_FAILURES_PER_MINUTE', integer(1, 1_000_000), {
      default: '60',
      about: 'Wrong client secrets that one network may present.',
    }),
    mailRequestsPerHour: setting('AUTH_RATE_LIMIT_MAIL_REQUESTS_PER_HOUR', integer(1, 1_000_000), {
      default: '60',
      about:
        'Mails with a link or code that one network may ask for. An address is written to 3 times an hour at most.',
    }),
  },
} as const;
