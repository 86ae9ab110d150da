import type { PgliteConnection } from '@mikro-orm/pglite';
import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import { vi } from 'vitest';
import type { TestApp } from './app.js';

/**
 * How many statements `work`, which opens no transaction, sends to the database. On Postgres each takes a
 * connection out of the pool for itself; the event feed has one of its own and does not count.
 */
export async function countQueries({ services }: TestApp, work: () => Promise<unknown>): Promise<number> {
  const connection: unknown = services.em.getConnection();
  const spy =
    services.config.database.kind === 'embedded'
      ? vi.spyOn(await (connection as PgliteConnection).getNativeClient(), 'query')
      : vi.spyOn(await (connection as PostgreSqlConnection).getNativeClient(), 'connect');
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}
