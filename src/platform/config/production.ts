import { isPublicHttps, publicUrlOf } from './addresses.js';
import type { Rule } from './rule.js';
import { looksGuessable } from './secret-strength.js';
import type { SettingValues } from './settings.js';

const GENERATE = 'generate one with `openssl rand -base64 32`.';

/** What production refuses to start with: settings that are fine on a laptop and a hole on the internet. */
export const productionRules: readonly Rule[] = [
  {
    variable: 'AUTH_ENCRYPTION_KEY',
    sentence: `is not set: ${GENERATE}`,
    refuses: ({ keys }) => !keys.encryption,
  },
  {
    variable: 'AUTH_ENCRYPTION_KEY',
    sentence: `looks typed or copied, not random: ${GENERATE}`,
    refuses: ({ keys }) => looksGuessable(keys.encryption?.reveal() ?? ''),
  },
  {
    variable: 'AUTH_JWT__SECRET',
    sentence: `is not set: ${GENERATE}`,
    refuses: ({ cookies }) => !cookies.secret,
  },
  {
    variable: 'AUTH_JWT__SECRET',
    sentence: `looks typed or copied, not random: ${GENERATE}`,
    refuses: ({ cookies }) => looksGuessable(cookies.secret?.reveal() ?? ''),
  },
  {
    variable: 'AUTH_JWT__SECRET',
    sentence: 'is the same as AUTH_ENCRYPTION_KEY: give each its own, so that losing one does not lose both.',
    refuses: ({ cookies, keys }) => cookies.secret?.reveal() === keys.encryption?.reveal(),
  },
  {
    // Old encryption keys may be weak (moving away from one is why they are listed): they only read.
    // An old cookie secret still vouches for cookies.
    variable: 'AUTH_JWT__OLD_SECRETS',
    sentence: 'holds a secret that looks typed or copied, with which anybody could sign cookies: remove it.',
    refuses: ({ cookies }) => cookies.oldSecrets.some((old) => looksGuessable(old.reveal())),
  },
  {
    variable: 'AUTH_PUBLIC_URL',
    sentence: 'must be the https origin under which people reach this server, and not localhost.',
    refuses: (values) => !isPublicHttps(publicUrlOf(values)),
  },
  {
    variable: 'AUTH_ISSUER',
    sentence: 'must be an https URL, and not on localhost: services fetch the signing keys from there.',
    refuses: ({ identity }) => identity.issuer !== undefined && !isPublicHttps(identity.issuer),
  },
  {
    variable: 'DATABASE_URL',
    sentence:
      'is not set: name a Postgres database, or set AUTH_ALLOW_EMBEDDED_DATABASE=true to run one process on the embedded one.',
    refuses: ({ database }) => !database.url && !database.allowEmbedded,
  },
  {
    variable: 'AUTH_SMTP_HOST',
    sentence: 'is not set: name the SMTP server, because production has no development mailbox.',
    refuses: ({ mail }) => !mail.host,
  },
  {
    variable: 'AUTH_PASSWORD_HASH_MEMORY_KIB',
    sentence:
      'is too small: at least 47104 with AUTH_PASSWORD_HASH_TIME=1, 19456 with 2, 12288 with 3 or more (ASVS 5.0 appendix C).',
    refuses: ({ passwordHash }) => passwordHash.memoryKib < leastMemoryKib(passwordHash.timeCost),
  },
  {
    variable: 'AUTH_SESSION_COOKIE_SECURE',
    sentence: 'must be true: session cookies must not travel in the clear.',
    refuses: ({ sessionCookies }) => !sessionCookies.secure,
  },
  {
    variable: 'AUTH_ACCOUNT_URL',
    sentence: 'must be an https URL: the links in mails carry secrets.',
    refuses: ({ mailLook }) => mailLook.accountUrl?.startsWith('http:') ?? false,
  },
  {
    variable: 'AUTH_PASSWORD_BREACH_CHECK_URL',
    sentence: 'must be an https URL.',
    refuses: ({ passwords }) => passwords.breachCheckUrl.startsWith('http:'),
  },
  {
    variable: 'AUTH_SYSTEM_ADMIN_PASSWORD',
    sentence: 'is easy to guess or shorter than AUTH_PASSWORD_MIN_LENGTH: choose another.',
    refuses: isAdminPasswordWeak,
  },
];

function leastMemoryKib(timeCost: number): number {
  if (timeCost === 1) return 47_104;
  return timeCost === 2 ? 19_456 : 12_288;
}

function isAdminPasswordWeak({ identity, passwords }: SettingValues): boolean {
  const password = identity.adminPassword?.reveal();
  if (password === undefined) return false;
  return (
    Array.from(password).length < passwords.minLength || /change[-_ ]?me|passw[o0]rd|^(.)\1*$/i.test(password)
  );
}
