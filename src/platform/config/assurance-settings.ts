import { headerName, host, nameList, originList } from './account-readers.js';
import { flag, line, seconds } from './env.js';
import { optional, setting } from './setting.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Settings of how sure a sign-in must be: second factors, passkeys, links, and proofs asked for again. */
export const assuranceSettings = {
  mfa: {
    requiredForNewUsers: setting('AUTH_MFA_DEFAULT_ENABLED_FOR_NEW_USERS', flag(), {
      default: 'false',
      about: 'Whether accounts that are created from now on must have a second factor.',
    }),
    requiredForAllUsers: setting('AUTH_MFA_ENFORCE_FOR_ALL_USERS', flag(), {
      default: 'false',
      about: 'Whether every account must have a second factor.',
    }),
    requiredRoles: setting('AUTH_MFA_REQUIRED_ROLES', nameList(), {
      default: '',
      about: 'The roles whose holders must have a second factor.',
      example: 'system_admin',
    }),
    enrolmentGraceSeconds: setting('AUTH_MFA_ENROLMENT_GRACE', seconds(0, YEAR), {
      default: '0',
      about:
        'For how long an account that must have a second factor may still sign in without one, from the first sign-in that asked for it.',
    }),
    trustedDeviceSeconds: setting('AUTH_MFA_TRUSTED_DEVICE_TTL', seconds(0, YEAR), {
      default: '2592000',
      about:
        'For how long a device may be trusted not to be asked for a second factor; `0`: never. Never for holders of permissions.',
    }),
    emailCode: setting('AUTH_MFA_EMAIL_CODE', flag(), {
      default: 'true',
      about: 'Whether codes by mail may serve as a second factor.',
    }),
    trustedProviders: setting('AUTH_MFA_TRUSTED_PROVIDERS', nameList(), {
      default: '',
      about: 'The sign-in providers whose word counts that they asked for a second factor (`acr`, `amr`).',
      example: 'corporate-sso',
    }),
    policyModule: optional('AUTH_LOGIN_POLICY_MODULE', line(), {
      otherwise: 'no further requirements',
      about: 'A module of yours that may ask more of a sign-in than these settings; see the guide.',
      example: './login-policy.js',
    }),
  },
  passkeys: {
    rpId: optional('AUTH_PASSKEY_RP_ID', host(), {
      otherwise: 'the host of `AUTH_PUBLIC_URL`',
      about:
        'The domain that passkeys belong to (WebAuthn RP ID). Another one makes all that exist worthless.',
      example: 'example.com',
    }),
    origins: setting('AUTH_PASSKEY_ORIGINS', originList(), {
      default: '',
      about: 'The origins of pages that may use them, beside that of `AUTH_PUBLIC_URL`.',
      example: 'https://app.example.com',
    }),
    login: setting('AUTH_PASSKEY_LOGIN', flag(), {
      default: 'true',
      about: 'Whether people may sign in with a passkey alone, if it verifies them (by a PIN or a finger).',
    }),
  },
  loginLinks: {
    enabled: setting('AUTH_LOGIN_LINK_ENABLED', flag(), {
      default: 'false',
      about: 'Whether people may sign in by a link or code in a mail, without a password.',
    }),
  },
  actions: {
    names: setting('AUTH_ACTIONS', nameList(), {
      default: '',
      about: 'Actions of your services that ask for a fresh proof, beside those of this one.',
      example: 'export_orders,close_shop',
    }),
    tokenTtlSeconds: setting('AUTH_ACTION_TOKEN_TTL', seconds(30, 900), {
      default: '300',
      about: 'How long an action token is valid.',
    }),
  },
  places: {
    header: optional('AUTH_PLACE_HEADER', headerName(), {
      otherwise: 'places are not shown',
      about:
        'The header in which your proxy tells where a client is; read from `AUTH_TRUSTED_PROXIES` alone.',
      example: 'CF-IPCountry',
    }),
  },
} as const;
