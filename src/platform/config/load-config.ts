import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { publicUrlOf } from './addresses.js';
import type { Config } from './config.js';
import { contradictions, missingSecrets } from './contradictions.js';
import { deepFreeze } from './deep-freeze.js';
import { ConfigError, type Problem } from './problem.js';
import { productionRules } from './production.js';
import { judge } from './rule.js';
import { allSettings, readSettings, type SettingValues } from './settings.js';
import { warnOfUnknown } from './unknown-variables.js';

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
