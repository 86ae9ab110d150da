import type { FastifyInstance } from 'fastify';
import { type Core, openCore, startJobs } from './app/app.js';
import { allFeatures, selectFeatures } from './app/features.js';
import { createPlugin } from './app/plugin.js';
import type { Services } from './app/services.js';
import type { Config } from './platform/config/config.js';
import { loadConfig } from './platform/config/load-config.js';
import { generatedSecretsFor } from './platform/config/generated-secrets.js';
import { signValue, verifyValue } from './platform/crypto/signed-value.js';

export { type Caller, systemCaller } from './kernel/caller.js';
export { AuthError } from './kernel/errors.js';
export { defineEvent } from './kernel/event.js';
export type { Config } from './platform/config/config.js';
export type {
  AccessAction,
  AccessFacts,
  AccessPrincipal,
  AccessResource,
  AccessRule,
} from './features/access/rules/access-rules.contract.js';
export type { LoginPolicy, PolicyAttempt } from './features/login/login-demands/login-demands.contract.js';
export type { LoginDemands } from './features/login/login.policy.js';
export type { Services } from './app/services.js';

export interface LatchkeyOptions {
  /** The variables of docs/reference/configuration.md. Nothing is read from the process's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the features to mount; what is not mounted adds no schema, route or job. By default all. */
  readonly features?: readonly string[];
}

/** Latchkey inside an application of your own. */
export interface Latchkey {
  readonly config: Config;
  /** Everything the product can do, without the network in between. */
  readonly services: Services;
  /** The admin that this very start has made, with the password if nobody chose one: tell it, once. Else null. */
  readonly seededAdmin: Core['seededAdmin'];
  /** Mounts the HTTP side on a Fastify 5 instance: `await app.register(latchkey.plugin)`. */
  readonly plugin: (server: FastifyInstance) => Promise<void>;
  /** A value that only this deployment can have signed, until `expiresAt`; for cookies. */
  signCookie(
    payload: string | Record<string, unknown>,
    options: { purpose: string; expiresAt: Date },
  ): string;
  /** The payload of a value signed for `purpose` with the current or an old secret, or null. */
  verifyCookie(value: string, options: { purpose: string }): string | Record<string, unknown> | null;
  /** Stops the jobs and closes the database. Close your Fastify instance first. */
  close(): Promise<void>;
}

/** Opens the same application that `npm start` runs, as a plugin and as typed services. Throws ConfigError. */
export async function createLatchkey({ env, features }: LatchkeyOptions): Promise<Latchkey> {
  const variables = { ...env };
  const config = loadConfig(variables, { generated: generatedSecretsFor(variables) });
  const mounted = features ? selectFeatures(features) : allFeatures;
  const core = await openCore(config, { features: mounted });
  const jobs = startJobs(core.services, mounted);
  const { secret, oldSecrets } = config.cookies;
  return {
    config,
    services: core.services,
    seededAdmin: core.seededAdmin,
    plugin: createPlugin(core.services, mounted, { embedded: true }),
    signCookie: (payload, { purpose, expiresAt }) =>
      signValue(payload, { secret, purpose: `app: ${purpose}`, expiresAt }),
    verifyCookie: (value, { purpose }) =>
      verifyValue(value, {
        secrets: [secret, ...oldSecrets],
        purpose: `app: ${purpose}`,
        now: core.services.clock.now(),
      }),
    close: async () => {
      await jobs.stop();
      await core.close();
    },
  };
}
