import {
  emailAddress,
  issuerUrl,
  networkList,
  origin,
  originList,
  originPatterns,
  postgresUrl,
  sender,
} from './address-readers.js';
import { flag, integer, line, list, oneOf, password, port, singleLine } from './env.js';
import { optional, setting } from './setting.js';

/** Settings of the process and of what it talks to. */
export const serviceSettings = {
  process: {
    environment: setting('NODE_ENV', oneOf(['development', 'test', 'production']), {
      default: 'development',
      about: 'What the process is for. `production` refuses to start with unsafe settings.',
    }),
    logLevel: setting('AUTH_LOG_LEVEL', oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'silent']), {
      default: 'info',
      about: 'The least severe lines that are logged.',
    }),
    dataDirectory: setting('AUTH_DATA_DIR', line(), {
      default: '.data',
      about:
        'Where the embedded database and generated secrets are kept. `memory://` keeps nothing after the process ends.',
    }),
  },
  server: {
    host: optional('HOST', line(), {
      otherwise: '`127.0.0.1`; `0.0.0.0` in production',
      about: 'The address to listen on.',
      example: '127.0.0.1',
    }),
    port: setting('PORT', port(0), {
      default: '3000',
      about: 'The port to listen on; `0` lets the system choose one.',
    }),
    publicUrl: optional('AUTH_PUBLIC_URL', origin(), {
      otherwise: '`http://localhost:<PORT>`',
      about: 'The origin under which browsers and services reach this server.',
      example: 'https://auth.example.com',
    }),
    trustedProxies: setting('AUTH_TRUSTED_PROXIES', networkList(), {
      default: '',
      about: 'The reverse proxies whose `X-Forwarded-For` is believed. Empty: none, the peer is the client.',
      example: '10.0.0.0/8',
    }),
    bodyLimitBytes: setting('AUTH_BODY_LIMIT_BYTES', integer(1024, 10_485_760), {
      default: '65536',
      about: 'The largest request body, in bytes.',
    }),
  },
  database: {
    url: optional('DATABASE_URL', postgresUrl(), {
      otherwise: 'an embedded database in `AUTH_DATA_DIR`',
      about: 'The Postgres database. Required in production.',
      example: 'postgres://latchkey:password@localhost:5432/latchkey',
    }),
    poolSize: optional('AUTH_DATABASE_POOL_SIZE', integer(1, 500), {
      otherwise: 'four for each processor core',
      about: 'The most connections to Postgres that one process opens.',
      example: '8',
    }),
    allowEmbedded: setting('AUTH_ALLOW_EMBEDDED_DATABASE', flag(), {
      default: 'false',
      about:
        'Lets production run on the embedded database: one process only, and you copy its folder as backup.',
    }),
  },
  mail: {
    host: optional('AUTH_SMTP_HOST', line(), {
      otherwise: 'mail is kept in the development mailbox',
      about: 'The SMTP server that mail is handed to. Required in production.',
      example: 'smtp.example.com',
    }),
    port: setting('AUTH_SMTP_PORT', port(1), { default: '587', about: 'Its port.' }),
    secure: setting('AUTH_SMTP_SECURE', flag(), {
      default: 'false',
      about: 'TLS from the first byte (port 465). When `false`, STARTTLS is used.',
    }),
    username: optional('AUTH_SMTP_USERNAME', line(), {
      otherwise: 'no authentication',
      about: 'The account at the SMTP server.',
      example: 'latchkey',
    }),
    password: optional('AUTH_SMTP_PASSWORD', password(), {
      otherwise: 'no authentication',
      about: 'The password of that account.',
    }),
    from: optional('AUTH_SMTP_FROM', sender(), {
      otherwise: '`Latchkey <no-reply@HOST>` with the host of `AUTH_PUBLIC_URL`',
      about: 'The address that mail comes from.',
      example: 'Latchkey <no-reply@example.com>',
    }),
  },
  cors: {
    origins: setting('CORS_ALLOW_ORIGINS', originList(), {
      default: '',
      about: 'Origins whose pages may call the API. Empty: none. `*` only without credentials.',
      example: 'https://app.example.com',
    }),
    originPatterns: optional('CORS_ALLOW_ORIGIN_REGEX', originPatterns(), {
      otherwise: 'none',
      about: 'More such origins, by pattern.',
      example: 'https://[a-z0-9-]+\\.preview\\.example\\.com',
    }),
    methods: setting('CORS_ALLOW_METHODS', list(singleLine.toUpperCase().regex(/^[A-Z]+$/), 'HTTP methods'), {
      default: 'GET,POST',
      about: 'Methods that those pages may use.',
    }),
    headers: setting('CORS_ALLOW_HEADERS', list(singleLine.regex(/^[\w-]+$/), 'header names'), {
      default: 'Authorization,Content-Type,X-Api-Key,X-Action-Token,Apollo-Require-Preflight',
      about:
        'Request headers that those pages may send; where they may send cookies, `X-CSRF-Token` as well.',
    }),
    credentials: setting('CORS_ALLOW_CREDENTIALS', flag(), {
      default: 'false',
      about: 'Whether those pages may send cookies.',
    }),
  },
  identity: {
    issuer: optional('AUTH_ISSUER', issuerUrl(), {
      otherwise: 'the value of `AUTH_PUBLIC_URL`',
      about: 'The `iss` of every token.',
      example: 'https://auth.example.com',
    }),
    audience: optional('AUTH_AUDIENCE', line(), {
      otherwise: 'the value of `AUTH_ISSUER`',
      about: 'The `aud` of tokens that are meant for this API itself.',
      example: 'https://auth.example.com',
    }),
    adminEmail: optional('AUTH_SYSTEM_ADMIN_EMAIL', emailAddress(), {
      otherwise: '`admin@latchkey.local` in development, nobody elsewhere',
      about: 'The first administrator, created when there is none.',
      example: 'admin@example.com',
    }),
    adminPassword: optional('AUTH_SYSTEM_ADMIN_PASSWORD', password(), {
      otherwise: 'none',
      about: "The first administrator's password.",
    }),
  },
} as const;
