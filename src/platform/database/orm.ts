import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Filesystem as EmbeddedFilesystem } from '@electric-sql/pglite/basefs';
import { type EntitySchema, MikroORM, type Options } from '@mikro-orm/core';
import { Migrator, TSMigrationGenerator } from '@mikro-orm/migrations';
import { PgliteDriver } from '@mikro-orm/pglite';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Secret } from '../../kernel/secret.js';
import { giveBackLostConnections } from './lost-connections.js';

/** The entity manager of both databases. */
export type EntityManager = SqlEntityManager;
export type Orm = MikroORM;
export type { EmbeddedFilesystem };

export type DatabaseSettings =
  | {
      readonly kind: 'embedded';
      readonly directory: string;
      readonly template?: EmbeddedFilesystem | undefined;
    }
  | { readonly kind: 'postgres'; readonly url: Secret; readonly poolSize: number };

/** Compiled and source files stand equally deep below the package, so one relative path serves both. */
const migrationsFolder = join(dirname(fileURLToPath(import.meta.url)), '../../../migrations');

/**
 * No statement, lock or idle transaction outlives these; a stopped server answers 503 instead of hanging. Two
 * waits in a row, as a login has that fails and takes its attempt back, stay below six seconds.
 */
const TIMEOUTS = {
  connectionTimeoutMillis: 2_500,
  query_timeout: 2_750,
  statement_timeout: 2_500,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 10_000,
} as const;

/** Opens MikroORM on Postgres or on the embedded database, with the one folder of migrations. */
export async function openOrm(
  settings: DatabaseSettings,
  entities: readonly EntitySchema[],
  timeouts: 'bounded' | 'unbounded' = 'bounded',
): Promise<Orm> {
  return await MikroORM.init({
    ...commonOptions(entities),
    ...driverOptions(settings, timeouts === 'bounded' ? TIMEOUTS : {}),
  } as Options);
}

function commonOptions(entities: readonly EntitySchema[]): Partial<Options> {
  return {
    entities: [...entities],
    extensions: [Migrator],
    forceUtcTimezone: true,
    // The migrator would print its progress in colour on standard output.
    logger: () => {},
    // Services hold the one entity manager; every unit of work forks it, so no identity map is shared.
    allowGlobalContext: true,
    migrations: {
      path: migrationsFolder,
      pathTs: migrationsFolder,
      // Written when a migration is made, never by a running server: its folder may be read-only.
      snapshot: false,
      snapshotName: '.snapshot',
      allOrNothing: true,
      transactional: true,
      generator: TSMigrationGenerator,
      fileName: (timestamp: string, name?: string) => `Migration${timestamp}${name ? `_${name}` : ''}`,
    },
  };
}

function driverOptions(settings: DatabaseSettings, timeouts: object): Record<string, unknown> {
  if (settings.kind === 'postgres') {
    return {
      driver: PostgreSqlDriver,
      clientUrl: settings.url.reveal(),
      pool: { min: 0, max: settings.poolSize },
      driverOptions: {
        ...timeouts,
        keepAlive: true,
        application_name: 'latchkey',
        onPoolCreated: giveBackLostConnections,
      },
    };
  }
  const { template } = settings;
  // As a function: MikroORM clones plain options, and a cloned filesystem is none.
  const options = template ? { driverOptions: () => ({ fs: template }) } : {};
  return { driver: PgliteDriver, dbName: settings.directory, ...options };
}
