import type { EntitySchema } from '@mikro-orm/core';
import pg from 'pg';
import { type DatabaseSettings, type Orm, openOrm } from './orm.js';

/** Held on a connection of its own while migrations run, so that of many starting processes one migrates. */
const MIGRATION_LOCK = 7_205_002;

/** Applies the migrations that are missing; answers their names. Safe to call from many processes at once. */
export async function migrate(
  settings: DatabaseSettings,
  entities: readonly EntitySchema[],
): Promise<string[]> {
  if (settings.kind === 'embedded')
    throw new Error('The embedded database is migrated by the process that holds it.');
  const lock = new pg.Client({ connectionString: settings.url.reveal(), connectionTimeoutMillis: 5_000 });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Without the time limits of requests: a migration takes as long as it takes.
    const orm = await openOrm(settings, entities, 'unbounded');
    try {
      return await applyMigrations(orm);
    } finally {
      await orm.close();
    }
  } finally {
    await lock.end();
  }
}

/** Applies the migrations that are missing, on an open ORM that nobody else uses yet. */
export async function applyMigrations(orm: Orm): Promise<string[]> {
  const applied = await orm.migrator.up();
  return applied.map(({ name }) => name);
}
