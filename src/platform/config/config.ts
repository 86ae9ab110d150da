import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Secret } from '../../kernel/secret.js';
import { publicUrlOf } from './addresses.js';
import { contradictions, missingSecrets } from './contradictions.js';
import { deepFreeze } from './deep-freeze.js';
import { ConfigError, type Problem } from './problem.js';
import { productionRules } from './production.js';
import { judge } from './rule.js';
import { allSettings, readSettings, type SettingValues } from './settings.js';
import { warnOfUnknown } from './unknown-variables.js';

/** Everything the operator decides, read once and frozen. Durations are in seconds; secrets never print. */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
  readonly server: {
    readonly host: string;
    /** 0 lets the system choose. */
    readonly port: number;
    /** The origin under which the server is reached, without a trailing slash. */
    readonly publicUrl: string;
    /** Addresses and networks (CIDR) whose `X-Forwarded-For` is believed. */
    readonly trustedProxies: readonly string[];
    readonly bodyLimitBytes: number;
  };
  readonly database:
    | { readonly kind: 'embedded' /** A folder, or `memory://`. */; readonly directory: string }
    | { readonly kind: 'postgres'; readonly url: Secret; readonly poolSize: number };
  /** An absolute path, or `memory://` when nothing may be written. */
  readonly dataDirectory: string;
  /** The `iss` of every token. */
  readonly issuer: string;
  /** The `aud` of tokens for our own API. */
  readonly audience: string;
  /** The root keys of encryption at rest; old ones only open what they sealed. */
  readonly keys: { readonly encryption: Secret; readonly oldEncryption: readonly Secret[] };
  /** What cookies are signed with; old secrets are only accepted. */
  readonly cookies: { readonly secret: Secret; readonly oldSecrets: readonly Secret[] };
  readonly signing: {
    readonly algorithm: 'ES256' | 'RS256' | 'EdDSA';
    /** 0: never by itself. */
    readonly rotationSeconds: number;
    readonly publishAheadSeconds: number;
  };
  readonly tokens: { readonly accessTtlSeconds: number };
  readonly sessions: {
    readonly idleTtlSeconds: number;
    readonly absoluteTtlSeconds: number;
    readonly replayWindowSeconds: number;
  };
  readonly passwordHash: {
    readonly memoryKib: number;
    readonly timeCost: number;
    readonly parallelism: number;
    /** Hashes that may wait for a core. */
    readonly queueLimit: number;
  };
  readonly registration: {
    readonly enabled: boolean;
    /** Empty: every domain. */
    readonly allowedDomains: readonly string[];
    readonly requireVerifiedEmail: boolean;
  };
  readonly passwords: {
    readonly minLength: number;
    readonly requireSymbol: boolean;
    readonly breachCheck: boolean;
    readonly breachCheckUrl: string;
    readonly breachCheckOnError: 'accept' | 'refuse';
  };
  /** How long after a sign-in a person counts as freshly authenticated. */
  readonly freshSeconds: number;
  readonly mailLook: {
    readonly productName: string;
    readonly logoUrl: string | null;
    /** `#rrggbb`. */
    readonly color: string;
    readonly locale: string;
    /** A folder of the operator's with more languages, or null. */
    readonly localesDirectory: string | null;
    /** Where links in mails lead, without a trailing slash. */
    readonly accountUrl: string;
  };
  readonly sessionCookies: {
    readonly name: string;
    readonly secure: boolean;
    readonly sameSite: 'strict' | 'lax' | 'none';
    readonly domain: string | null;
    readonly maxAgeSeconds: number | null;
  };
  readonly mfa: {
    /** Whether accounts get `secondFactorRequired` when they are created. */
    readonly requiredForNewUsers: boolean;
    readonly requiredForAllUsers: boolean;
    /** Names of roles. */
    readonly requiredRoles: readonly string[];
    readonly enrolmentGraceSeconds: number;
    /** 0: no device is trusted. */
    readonly trustedDeviceSeconds: number;
    readonly emailCode: boolean;
    /** Names of providers whose `acr` and `amr` count. */
    readonly trustedProviders: readonly string[];
    /** A path, or null. */
    readonly policyModule: string | null;
  };
  readonly passkeys: {
    readonly rpId: string;
    /** The origins of pages that may use passkeys; never empty. */
    readonly origins: readonly string[];
    /** Whether one that verifies its owner is enough to sign in. */
    readonly login: boolean;
  };
  readonly loginLinks: { readonly enabled: boolean };
  readonly actions: {
    /** Those of the operator's services; those of this one are declared in code. */
    readonly names: readonly string[];
    readonly tokenTtlSeconds: number;
  };
  /** The header that tells places, lower case, or null. */
  readonly places: { readonly header: string | null };
  readonly access: {
    /** Paths, or null. */
    readonly permissionsFile: string | null;
    readonly rulesModule: string | null;
  };
  readonly apiKeys: { readonly defaultDays: number; readonly maxDays: number };
  readonly lockout: {
    readonly threshold: number;
    readonly windowSeconds: number;
    readonly baseSeconds: number;
    readonly capSeconds: number;
  };
  /** Requests that one network (/24 or /64) may make, right or wrong, unless it says otherwise. */
  readonly rateLimits: {
    readonly loginsPerMinute: number;
    readonly signUpsPerHour: number;
    readonly mailRequestsPerHour: number;
    /** For one service account. */
    readonly tokenRequestsPerMinute: number;
    /** For one service account, at this process. */
    readonly introspectionsPerMinute: number;
    /** For one credential, at this process. */
    readonly validationsPerMinute: number;
    /** For one network. */
    readonly clientFailuresPerMinute: number;
  };
  readonly systemAdmin: { readonly email: string | null; readonly password: Secret | null };
  readonly mail:
    | {
        readonly kind: 'smtp';
        readonly host: string;
        readonly port: number;
        readonly secure: boolean;
        readonly username: string | null;
        readonly password: Secret | null;
        readonly from: string;
      }
    | { readonly kind: 'dev-mailbox'; readonly from: string };
  readonly cors: {
    /** Exact origins, or `*`. Empty: nobody. */
    readonly origins: readonly string[];
    /** Sources of regular expressions, anchored at both ends. */
    readonly originPatterns: readonly string[];
    readonly methods: readonly string[];
    readonly headers: readonly string[];
    readonly credentials: boolean;
  };
  readonly log: { readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent' };
  /** What is odd but no reason to refuse, one sentence each. */
  readonly warnings: readonly string[];
}

/** Where secrets come from that `env` does not set; ignored in production. */
export interface ConfigLayers {
  readonly generated?: Readonly<Record<string, string>>;
}

/** Reads the configuration out of `env`. Throws a ConfigError that lists every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv, layers: ConfigLayers = {}): Config {
  const inProduction = env.NODE_ENV === 'production';
  const { values, problems } = readSettings(inProduction ? env : withGenerated(env, layers));
  const rules = [...contradictions, ...(inProduction ? productionRules : missingSecrets)];
  const found = oneEach([...problems, ...judge(rules, values)]);
  const { encryption } = values.keys;
  const { secret } = values.cookies;
  if (found.length > 0 || !encryption || !secret) throw new ConfigError(found);

  const known = allSettings().map((setting) => setting.env);
  return deepFreeze({
    ...assemble(values),
    keys: { ...values.keys, encryption },
    cookies: { ...values.cookies, secret },
    warnings: warnOfUnknown(env, known),
  });
}

/**
 * A copy of the process's environment, with what a file `.env` in the working directory adds to it. The one
 * place that reads either.
 */
export function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return { ...process.env };
}

/** The data directory that `env` names: an absolute path, or `memory://`. */
export function dataDirectoryOf(env: NodeJS.ProcessEnv): string {
  return resolveDirectory(readSettings(env).values.process.dataDirectory);
}

function withGenerated(env: NodeJS.ProcessEnv, { generated = {} }: ConfigLayers): NodeJS.ProcessEnv {
  const missing = Object.entries(generated).filter(([name]) => (env[name] ?? '').trim() === '');
  return { ...env, ...Object.fromEntries(missing) };
}

// A variable that could not be read would be reported again as missing.
function oneEach(problems: readonly Problem[]): Problem[] {
  return problems.filter(
    ({ variable }, index) => problems.findIndex((other) => other.variable === variable) === index,
  );
}

function assemble(values: SettingValues): Omit<Config, 'keys' | 'cookies' | 'warnings'> {
  const { environment, logLevel } = values.process;
  const dataDirectory = resolveDirectory(values.process.dataDirectory);
  const publicUrl = publicUrlOf(values);
  const issuer = values.identity.issuer ?? publicUrl;
  const host = values.server.host ?? (environment === 'production' ? '0.0.0.0' : '127.0.0.1');
  return {
    environment,
    server: { ...values.server, host, publicUrl },
    database: databaseOf(values, dataDirectory),
    dataDirectory,
    issuer,
    audience: values.identity.audience ?? issuer,
    signing: values.signing,
    tokens: values.tokens,
    sessions: values.sessions,
    passwordHash: values.passwordHash,
    registration: values.registration,
    passwords: {
      ...values.passwords,
      breachCheck: values.passwords.breachCheck ?? environment === 'production',
    },
    freshSeconds: values.reauthentication.freshSeconds,
    mailLook: mailLookOf(values, publicUrl),
    sessionCookies: {
      ...values.sessionCookies,
      domain: values.sessionCookies.domain ?? null,
      maxAgeSeconds: values.sessionCookies.maxAgeSeconds ?? null,
    },
    mfa: { ...values.mfa, policyModule: values.mfa.policyModule ?? null },
    passkeys: passkeysOf(values, publicUrl),
    loginLinks: values.loginLinks,
    actions: values.actions,
    places: { header: values.places.header ?? null },
    access: accessOf(values),
    apiKeys: values.apiKeys,
    lockout: values.lockout,
    rateLimits: values.rateLimits,
    systemAdmin: systemAdminOf(values),
    mail: mailOf(values, new URL(publicUrl).hostname),
    cors: { ...values.cors, originPatterns: values.cors.originPatterns ?? [] },
    log: { level: logLevel },
  };
}

function accessOf({ access }: SettingValues): Config['access'] {
  return { permissionsFile: access.permissionsFile ?? null, rulesModule: access.rulesModule ?? null };
}

function resolveDirectory(directory: string): string {
  return directory === 'memory://' ? directory : resolve(directory);
}

function databaseOf({ database }: SettingValues, dataDirectory: string): Config['database'] {
  if (!database.url) {
    const directory = dataDirectory === 'memory://' ? dataDirectory : join(dataDirectory, 'db');
    return { kind: 'embedded', directory };
  }
  return {
    kind: 'postgres',
    url: database.url,
    poolSize: database.poolSize ?? 4 * availableParallelism(),
  };
}

function systemAdminOf({ identity, process }: SettingValues): Config['systemAdmin'] {
  const inDevelopment = process.environment === 'development';
  return {
    email: identity.adminEmail ?? (inDevelopment ? 'admin@latchkey.local' : null),
    password: identity.adminPassword ?? null,
  };
}

function passkeysOf({ passkeys }: SettingValues, publicUrl: string): Config['passkeys'] {
  const { hostname, origin } = new URL(publicUrl);
  return {
    ...passkeys,
    rpId: passkeys.rpId ?? hostname,
    origins: [...new Set([origin, ...passkeys.origins])],
  };
}

function mailLookOf({ mailLook }: SettingValues, publicUrl: string): Config['mailLook'] {
  const { logoUrl = null, localesDirectory = null, accountUrl = `${publicUrl}/account` } = mailLook;
  return { ...mailLook, logoUrl, localesDirectory, accountUrl };
}

function mailOf({ mail }: SettingValues, hostname: string): Config['mail'] {
  const domain = /\.[a-z][a-z0-9-]*$/i.test(hostname) ? hostname : 'latchkey.local';
  const from = mail.from ?? `Latchkey <no-reply@${domain}>`;
  if (!mail.host) return { kind: 'dev-mailbox', from };
  const { host, port, secure, username = null, password = null } = mail;
  return { kind: 'smtp', host, port, secure, username, password, from };
}
