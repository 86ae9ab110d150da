import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { loadAccessRules } from '../features/access/rules/access-rules-module.js';
import { loadPermissions } from '../features/access/permissions-file.js';
import { loadLoginPolicy } from '../features/login/login-demands/login-policy-module.js';
import { answerFrameworkErrors } from '../http/error-handler.js';
import type { Config } from '../platform/config/config.js';
import { ConfigError } from '../platform/config/problem.js';
import { DecryptionError } from '../platform/crypto/encryption.js';
import { CronSlots } from '../platform/database/cron-slots.js';
import { lockDirectory } from '../platform/database/directory-lock.js';
import type { Feature } from '../platform/feature.js';
import { Scheduler } from '../platform/scheduler.js';
import { deliverMailJob } from './deliver-mail.job.js';
import { allFeatures } from './features.js';
import { housekeepingJob } from './housekeeping.job.js';
import { type Doubles, openInfrastructure } from './infrastructure.js';
import { personalTables } from './personal-tables.js';
import { createPlugin } from './plugin.js';
import { type SeededAdmin, seedSystemAdmin } from './seed-system-admin.js';
import { buildServices, type Services } from './services.js';

/** What is under way at a stop gets so long; the program gives all of it ten seconds. */
const DRAIN_MS = 7_000;

/** The services on an open, migrated database, without HTTP and without jobs. */
export interface Core {
  readonly services: Services;
  /** The admin that this very start has made, or null. */
  readonly seededAdmin: SeededAdmin | null;
  /** Gives everything back: jobs, feed, database, directory. */
  close(): Promise<void>;
}

/** A running application. */
export interface App extends Core {
  readonly server: FastifyInstance;
  /** Where it listens, as `http://host:port`. */
  readonly url: string;
}

interface Options extends Doubles {
  readonly features?: readonly Feature<Services>[];
  /** Whether a missing system admin is made at once; by default it is. */
  readonly seedAdmin?: boolean;
}

/** Opens the database, brings it up to date and builds the services. */
export async function openCore(
  config: Config,
  { features = allFeatures, seedAdmin = true, ...doubles }: Options = {},
): Promise<Core> {
  const release = await holdDirectory(config);
  try {
    // The schema does not depend on what is mounted: every feature's tables are there, and its words too.
    const contributions = {
      entities: allFeatures.flatMap((feature) => feature.entities),
      mails: [...new Set([...allFeatures, ...features])].flatMap((feature) => feature.mails ?? []),
    };
    const loginPolicy = await loadLoginPolicy(config.mfa.policyModule);
    const declaredRules = await loadAccessRules(config.access.rulesModule);
    const catalogues = features.map(({ permissions }) => permissions);
    const declaredPermissions = await loadPermissions(config.access.permissionsFile, catalogues);
    const infrastructure = await openInfrastructure(config, contributions, doubles);
    const registry = new Set(declaredPermissions.map(({ name }) => name));
    const asked = { loginPolicy, declaredRules };
    const declared = { registry, declaredPermissions, personalTables: personalTables(features), ...asked };
    const services = buildServices(infrastructure, declared);
    const close = async (): Promise<void> => {
      await services.mails.stop();
      await services.feed.stop();
      await services.orm.close();
      await release();
    };
    try {
      await services.feed.start();
      await services.roles.ensureBuiltIn();
      await services.signingKeys.ensureKeys();
      await assertKeysOpen(services);
      return { services, seededAdmin: seedAdmin ? await seedSystemAdmin(services) : null, close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** Opens the core and the HTTP side of it; listens at `config.server`. */
export async function startApp(config: Config, options: Options = {}): Promise<App> {
  const { features = allFeatures } = options;
  const core = await openCore(config, { ...options, seedAdmin: false });
  const server = createServer(config, core.services);
  const connections = trackConnections(server);
  try {
    await server.register(createPlugin(core.services, features));
    const url = await server.listen({ host: config.server.host, port: config.server.port });
    // Last of all: a password that is told once must not be made by a start that fails.
    const seededAdmin = await seedSystemAdmin(core.services);
    const jobs = startJobs(core.services, features);
    const close = async (): Promise<void> => {
      await Promise.all([jobs.stop(), drain(server, connections)]);
      await core.close();
    };
    return { ...core, seededAdmin, server, url, close };
  } catch (error) {
    await server.close();
    await core.close();
    throw error;
  }
}

/** Starts the jobs of the features. */
export function startJobs(services: Services, features: readonly Feature<Services>[]): Scheduler {
  const slots = new CronSlots(services);
  const scheduler = new Scheduler({
    claimSlot: slots.claim,
    completeSlot: slots.complete,
    runInContext: async (work) => await work(),
    logger: services.logger,
    stopTimeoutMs: DRAIN_MS,
  });
  const jobs = [housekeepingJob, deliverMailJob, ...features.flatMap((feature) => feature.jobs)];
  scheduler.start(jobs.map(({ name, schedule, run }) => ({ name, schedule, run: () => run(services) })));
  return scheduler;
}

/**
 * Stops listening and answers what is under way. A connection whose client does not finish its request, or
 * does not answer the close of its websocket, is cut in the end: one of them must not hold up a stop.
 */
async function drain(server: FastifyInstance, connections: ReadonlySet<Socket>): Promise<void> {
  const cut = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, DRAIN_MS);
  // A kept-alive connection becomes idle only when its last answer is out.
  const reap = setInterval(() => server.server.closeIdleConnections(), 100);
  try {
    await server.close();
  } finally {
    clearTimeout(cut);
    clearInterval(reap);
  }
}

/** The open connections, those that became websockets included. */
function trackConnections({ server }: FastifyInstance): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

function createServer(config: Config, { logger }: Services): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.server.bodyLimitBytes,
    requestTimeout: 30_000,
    // `true` would cut requests that are under way; see `drain`.
    forceCloseConnections: 'idle',
    // An id of a moment: it need not sort, and this one is made from pooled randomness.
    genReqId: () => randomUUID(),
    // One logger for all requests; whoever logs names the request.
    childLoggerFactory: (parent) => parent,
    frameworkErrors: answerFrameworkErrors(config.server),
  }) as unknown as FastifyInstance;
}

/** The embedded database takes no lock of its own: two processes on one folder would lose each other's rows. */
async function holdDirectory({ database, dataDirectory }: Config): Promise<() => Promise<void>> {
  if (database.kind !== 'embedded' || database.directory === 'memory://') return async () => {};
  const { release } = await lockDirectory(dataDirectory);
  // Its files are made readable for everybody, as PostgreSQL's would not be: the folder keeps everybody out.
  await mkdir(database.directory, { recursive: true, mode: 0o700 });
  await chmod(database.directory, 0o700);
  return release;
}

/** A start under the wrong key would only show when the first token is minted. */
async function assertKeysOpen({ signingKeys }: Services): Promise<void> {
  try {
    await signingKeys.signer();
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    const sentence =
      'does not open the signing key: restore it, or name the key before in AUTH_ENCRYPTION_OLD_KEYS.';
    throw new ConfigError([{ variable: 'AUTH_ENCRYPTION_KEY', sentence }]);
  }
}
