import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import { killAll, ServerProcess } from '../support/server-process.js';
import { expectKept, HALVES, Load, loadEnvironment } from './load.js';
import { signIn, surfaces } from './surfaces.js';

/** The first good answer comes so soon after Postgres is back. */
const RECOVERY_MS = 5_000;
/** The longest that anybody waits for an answer while Postgres is frozen. */
const PATIENCE_MS = 6_000;

describeWithPostgres('Postgres fails under load', () => {
  let postgres: PostgresCluster;
  let server: ServerProcess;
  let count = 0;

  beforeAll(async () => {
    postgres = await PostgresCluster.create();
  });
  afterAll(async () => {
    await killAll();
    await PostgresCluster.removeAll();
  });

  /** A server on an empty database, with people at work. */
  const begin = async (): Promise<{ load: Load; database: string }> => {
    count += 1;
    const database = await postgres.createDatabase(`crash_${count}`);
    server = await ServerProcess.start({ ...loadEnvironment, DATABASE_URL: postgres.url(database) });
    const load = new Load(() => server.url);
    await load.prepare();
    load.start();

    await sleep(500);
    return { load, database };
  };

  const end = async (load: Load, database: string): Promise<void> => {
    await load.stop();
    expect(load.violations).toEqual([]);
    expect(load.counts.unanswered).toBe(0);
    expect(load.counts.unavailable).toBeGreaterThan(0);
    expect(server.isRunning()).toBe(true);
    await expectKept(load, server);
    for (const [what, query] of Object.entries(HALVES)) {
      expect(await postgres.query(query, [], database), what).toEqual([]);
    }
    await server.kill();
  };

  test('killed three times, it loses nothing that was acknowledged, and the server goes on by itself', async () => {
    const { load, database } = await begin();
    for (let round = 0; round < 3; round += 1) {
      await postgres.kill();
      await sleep(400);
      await postgres.start();
      const back = performance.now();
      expect(await recovery(load, back)).toBeLessThan(RECOVERY_MS);
      await sleep(400);
    }
    await end(load, database);
  }, 60_000);

  test('frozen for eight seconds, everybody is answered within six, and it goes on by itself', async () => {
    const { load, database } = await begin();
    const { accessToken = '' } = await signIn(server);
    expect(await surfaces.validate(server, accessToken)).toBe('good');
    postgres.pause();
    const verdicts = (async () => {
      await sleep(1_000);
      const askedAt = performance.now();
      // What would come out of a cache cannot be trusted any more.
      const asked = [surfaces.validate, surfaces.graphql].map((ask) => ask(server, accessToken));
      expect(await Promise.all(asked)).toEqual(['unavailable', 'unavailable']);
      return performance.now() - askedAt;
    })();
    await sleep(8_000);
    postgres.resume();
    const back = performance.now();
    expect(await recovery(load, back)).toBeLessThan(RECOVERY_MS);
    expect(await verdicts).toBeLessThan(PATIENCE_MS);
    expect(await surfaces.validate(server, accessToken)).toBe('good');
    expect(load.slowestMs).toBeLessThan(PATIENCE_MS);
    await end(load, database);
  }, 60_000);

  test('all its backends terminated ten times, the server goes on by itself', async () => {
    const { load, database } = await begin();
    for (let round = 0; round < 10; round += 1) {
      await postgres.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        database,
      ]);
      const cut = performance.now();
      expect(await recovery(load, cut)).toBeLessThan(RECOVERY_MS);
      await sleep(100);
    }
    await end(load, database);
  }, 60_000);
});

/** How long after `since` the first good answer came, in milliseconds. */
async function recovery(load: Load, since: number): Promise<number> {
  const elapsed = (await load.nextGood(since, 2 * RECOVERY_MS)) - since;
  console.info(`first good answer after ${elapsed.toFixed(0)} ms`);
  return elapsed;
}
