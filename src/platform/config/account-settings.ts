import {
  cookieDomain,
  cookieName,
  domainList,
  hexColor,
  httpsUrl,
  httpUrl,
  languageTag,
} from './account-readers.js';
import { flag, integer, line, oneOf, seconds } from './env.js';
import { optional, setting } from './setting.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Settings of accounts: who gets one, what a password must be, what mails look like, how browsers stay signed in. */
export const accountSettings = {
  registration: {
    enabled: setting('AUTH_REGISTRATION_ENABLED', flag(), {
      default: 'true',
      about: 'Whether people may create their own account.',
    }),
    allowedDomains: setting('AUTH_REGISTRATION_ALLOWED_DOMAINS', domainList(), {
      default: '',
      about: 'The domains whose addresses people may sign up with, or change to. Empty: all.',
      example: 'example.com,example.org',
    }),
    requireVerifiedEmail: setting('AUTH_REQUIRE_VERIFIED_EMAIL', flag(), {
      default: 'false',
      about: 'Whether nobody is signed in before they have proved their address.',
    }),
  },
  passwords: {
    minLength: setting('AUTH_PASSWORD_MIN_LENGTH', integer(8, 64), {
      default: '12',
      about: 'The fewest characters of a password.',
    }),
    requireSymbol: setting('AUTH_PASSWORD_REQUIRE_SYMBOL', flag(), {
      default: 'false',
      about:
        'Whether a password needs a character that is neither letter nor digit. Length helps more (ASVS 6.2.5).',
    }),
    breachCheck: optional('AUTH_PASSWORD_BREACH_CHECK', flag(), {
      otherwise: '`true` in production, `false` elsewhere',
      about:
        'Whether new passwords are looked up among leaked ones. Five characters of a hash leave the server, never the password.',
      example: 'true',
    }),
    breachCheckUrl: setting('AUTH_PASSWORD_BREACH_CHECK_URL', httpUrl(), {
      default: 'https://api.pwnedpasswords.com',
      about: 'Where they are looked up: a server that speaks the range API of Have I Been Pwned.',
    }),
    breachCheckOnError: setting('AUTH_PASSWORD_BREACH_CHECK_ON_ERROR', oneOf(['accept', 'refuse']), {
      default: 'accept',
      about: 'What becomes of a password when that server does not answer within two seconds.',
    }),
  },
  reauthentication: {
    freshSeconds: setting('AUTH_FRESH_AUTH_SECONDS', seconds(60, DAY), {
      default: '900',
      about: 'For how long after a sign-in somebody may change what the account is protected by.',
    }),
  },
  mailLook: {
    productName: setting('AUTH_PRODUCT_NAME', line(), {
      default: 'Latchkey',
      about: 'What your product is called, in mails and on the pages that their links open.',
      example: 'Example Shop',
    }),
    logoUrl: optional('AUTH_MAIL_LOGO_URL', httpsUrl(), {
      otherwise: 'the name alone',
      about: 'The picture at the top of mails, about 40 pixels high.',
      example: 'https://example.com/logo.png',
    }),
    color: setting('AUTH_MAIL_COLOR', hexColor(), {
      default: '#1d4ed8',
      about: 'The colour of buttons in mails.',
    }),
    locale: setting('AUTH_MAIL_LOCALE', languageTag(), {
      default: 'en',
      about: 'The language of mails to people who have chosen none.',
    }),
    localesDirectory: optional('AUTH_MAIL_LOCALES_DIR', line(), {
      otherwise: 'English and German',
      about: 'A folder with more languages, or other words for these: files like `locales/en.json`.',
      example: './locales',
    }),
    accountUrl: optional('AUTH_ACCOUNT_URL', httpUrl(), {
      otherwise: '`<AUTH_PUBLIC_URL>/account`, pages of this server',
      about: 'Where links in mails lead; the path of the task and `#token=…` are added.',
      example: 'https://app.example.com/account',
    }),
  },
  sessionCookies: {
    name: setting('AUTH_SESSION_COOKIE_NAME', cookieName(), {
      default: 'latchkey',
      about: 'How the names of cookies begin, after `__Host-` (with a domain: `__Secure-`).',
    }),
    secure: setting('AUTH_SESSION_COOKIE_SECURE', flag(), {
      default: 'true',
      about: 'Whether cookies travel over https only. Browsers treat http://localhost as if it were.',
    }),
    sameSite: setting('AUTH_SESSION_COOKIE_SAMESITE', oneOf(['strict', 'lax', 'none']), {
      default: 'lax',
      about: 'Which requests from other sites carry the cookies. `none` only for a frontend on another site.',
    }),
    domain: optional('AUTH_SESSION_COOKIE_DOMAIN', cookieDomain(), {
      otherwise: 'this very host, which is safest',
      about: 'The domain whose hosts all receive the cookies.',
      example: 'example.com',
    }),
    maxAgeSeconds: optional('SESSION_COOKIE_MAX_AGE_SECONDS', seconds(60, YEAR), {
      otherwise: 'as long as the session',
      about: 'How long a browser keeps the cookies at most.',
      example: '14400',
    }),
  },
} as const;
