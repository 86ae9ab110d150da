import type { PgliteConnection } from '@mikro-orm/pglite';
import pg from 'pg';
import { vi } from 'vitest';
import type { TestApp } from './app.js';

/** How many statements `work` sends to the database, those of the event feed's own heartbeat left out. */
export async function countQueries({ services }: TestApp, work: () => Promise<unknown>): Promise<number> {
  const embedded = services.config.database.kind === 'embedded';
  const connection = services.em.getConnection() as unknown as PgliteConnection;
  const spy = embedded
    ? vi.spyOn(await connection.getNativeClient(), 'query')
    : vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return spy.mock.calls.filter(([query]) => !isHeartbeat(query)).length;
  } finally {
    spy.mockRestore();
  }
}

function isHeartbeat(query: unknown): boolean {
  return typeof query === 'object' && query !== null && Reflect.get(query, 'name') === 'event-feed-read';
}
