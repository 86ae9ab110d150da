import { DatabaseError, type Pool, type PoolClient } from 'pg';

/**
 * Makes the pool take back connections that are lost while somebody holds them. Kysely gives a connection
 * back only after a successful commit or rollback, and none succeeds on a connection that is gone: each such
 * transaction would cost the pool one place for ever, until nobody gets in any more.
 */
export function giveBackLostConnections(pool: Pool): void {
  const held = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => held.add(client));
  pool.on('release', (_error, client) => held.delete(client));
  pool.on('connect', (client) => {
    endWhenUnanswered(client);
    client.once('end', () => {
      if (!held.has(client)) return;
      client.release(true);
      // Whoever held it may still give it back; the pool throws at the second time.
      client.release = () => {};
    });
  });
}

/**
 * Ends the connection when a query failed in the driver and not in the database, as on a timeout: what comes
 * next on it would wait behind a query that may never be answered.
 */
function endWhenUnanswered(client: PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const watched = (...args: unknown[]): unknown => {
    const answer = query(...args);
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (!(error instanceof DatabaseError)) end(client);
      });
    }
    return answer;
  };
  client.query = watched as typeof client.query;
}

/** Pool clients are clients, and `end` is there, but their type hides it. */
function end(client: PoolClient): void {
  (client as PoolClient & { end(): Promise<void> }).end().catch(() => {});
}
