import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Client } from '../support/client.js';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import { killAll, productEnvironment, ServerProcess } from '../support/server-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  basic,
  createServiceAccount,
  revoke,
  type ServiceAccount,
  sessionOf,
  signIn,
  surfaces,
  type Verdict,
  watch,
  type Watch,
} from './surfaces.js';

const BOUND_MS = 1_000;
const ROUNDS = 20;
/** The database account of process B, by which its connections are told from those of A. */
const ACCOUNT_OF_B = 'process_b';

const isBus = (application: string): boolean => application === 'latchkey-events';
const isPool = (application: string): boolean => application === 'latchkey';

describeWithPostgres('process B cut off from the event bus', { timeout: 120_000 }, () => {
  let postgres: PostgresCluster;
  let proxy: TcpProxy;
  let a: ServerProcess;
  let b: ServerProcess;
  let admin: Client;
  let asker: ServiceAccount;
  let stopTerminating: () => Promise<void> = async () => {};

  beforeAll(async () => {
    postgres = await PostgresCluster.create();
    await postgres.query(`create role ${ACCOUNT_OF_B} superuser login`);
    proxy = await TcpProxy.start(postgres.port);
    a = await ServerProcess.start({ ...productEnvironment, DATABASE_URL: postgres.url() });
    const url = postgres.url('postgres', { user: ACCOUNT_OF_B, port: proxy.port });
    b = await ServerProcess.start({ ...productEnvironment, DATABASE_URL: url });
    admin = await a.adminClient();
    asker = await createServiceAccount(admin, 'asker');
  });
  afterEach(async () => {
    await stopTerminating();
    proxy.heal();
  });
  afterAll(async () => {
    await killAll();
    await proxy.stop();
    await PostgresCluster.removeAll();
  });

  test('its connection terminated over and over, what A ends is refused by B within a second', async () => {
    stopTerminating = terminateInALoop();
    await expectRefusals();
  });

  test('its connection silent without a reset, what A ends is refused by B within a second', async () => {
    proxy.silence(isBus);
    await expectRefusals();
  });

  test('a cut that begins with the revocation itself hides it for less than a second', async () => {
    for (let round = 0; round < 5; round += 1) {
      const token = await warmToken();
      proxy.silence(isBus);
      await expectRefusal(token);
      proxy.heal();
      await cachesAreUsed();
    }
  });

  test('while it is cut off, B asks the database every time, and after it heals its caches again', async () => {
    const token = await warmToken();
    const before = await poolBytes(token);
    expect(before).toBe(0);
    proxy.silence(isBus);
    await sleep(BOUND_MS);
    expect(await poolBytes(token)).toBeGreaterThan(0);
    proxy.heal();
    await cachesAreUsed();
    expect(await poolBytes(token)).toBe(0);
    expect(await askAll(token)).toEqual(['good', 'good', 'good']);
  });

  test('with the whole database out of reach B answers 503, never that an ended session is good', async () => {
    const token = await warmToken();
    proxy.silence(() => true);
    await revoke(admin, sessionOf(tokenHolder(a, token)));
    await sleep(BOUND_MS);
    expect(await askAll(token)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    proxy.heal();
    await cachesAreUsed();
    expect(await askAll(token)).toEqual(['refused', 'refused', 'refused']);
  });

  for (const [how, cut] of [
    ['terminated', async () => (stopTerminating = terminateInALoop())],
    ['silent', async () => proxy.silence(isBus)],
  ] as const) {
    test(`sockets of B hear what they missed while it was ${how}, in order and once each`, async () => {
      const socket = await watch(b.client(), basic(asker));
      const adminAtB = await b.adminClient();
      await cut();
      await sleep(100);
      const ended: string[] = [];
      for (let i = 0; i < 30; i += 1) {
        const session = sessionOf(await signIn(i % 2 === 0 ? a : b));
        // Also what B itself ends: its own must not overtake those of A.
        await revoke(i % 3 === 0 ? adminAtB : admin, session);
        ended.push(session);
      }
      await stopTerminating();
      proxy.heal();
      await heardAll(socket, ended);
      expect(socket.heard.map(({ sessionId }) => sessionId)).toEqual(ended);

      // The last cursor is one after which nothing is missing and nothing comes twice.
      const next = sessionOf(await signIn(a));
      await revoke(admin, next);
      await heardAll(socket, [next]);
      expect(socket.heard.map(({ sessionId }) => sessionId)).toEqual([...ended, next]);
      socket.stop();
    });
  }

  test('a socket of a session that A ended while B was cut off closes with 4401 when it heals', async () => {
    const client = await signIn(a);
    const socket = await watch(tokenHolder(b, client.accessToken ?? ''));
    proxy.silence(isBus);
    await revoke(admin, sessionOf(client));
    await sleep(BOUND_MS);
    const healed = performance.now();
    proxy.heal();
    const { code, at } = await socket.closed;
    expect(code).toBe(4401);
    expect(at - healed).toBeLessThan(BOUND_MS);
  });

  /** A token that B has in its caches. */
  async function warmToken(): Promise<string> {
    const { accessToken = '' } = await signIn(a);
    expect(await askAll(accessToken)).toEqual(['good', 'good', 'good']);
    return accessToken;
  }

  async function askAll(token: string): Promise<Verdict[]> {
    return await Promise.all(Object.values(surfaces).map((ask) => ask(b, token, asker)));
  }

  async function expectRefusals(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) await expectRefusal(await warmToken());
  }

  /** Ends the session at A; B refuses it everywhere within the bound, and goes on doing so. */
  async function expectRefusal(token: string): Promise<void> {
    await revoke(admin, sessionOf(tokenHolder(a, token)));
    const acknowledged = performance.now();
    await Promise.all(
      Object.values(surfaces).map(async (ask) => {
        while ((await ask(b, token, asker)) !== 'refused') {
          expect(performance.now() - acknowledged).toBeLessThan(BOUND_MS);
        }
      }),
    );
    expect(performance.now() - acknowledged).toBeLessThan(BOUND_MS);
    expect(await askAll(token)).toEqual(['refused', 'refused', 'refused']);
  }

  /** How much B asks of the database, beyond its bus, to judge the same token ten times on each surface but one. */
  async function poolBytes(token: string): Promise<number> {
    const before = proxy.bytesFrom(isPool);
    for (let i = 0; i < 10; i += 1) {
      await surfaces.introspect(b, token, asker);
      await surfaces.validate(b, token);
    }
    return proxy.bytesFrom(isPool) - before;
  }

  /** Resolves when B answers out of its caches again. */
  async function cachesAreUsed(): Promise<void> {
    const { accessToken = '' } = await signIn(a);
    const giveUpAt = performance.now() + 10_000;
    while (
      (await verdictsOf(accessToken)).some((one) => one !== 'good') ||
      (await poolBytes(accessToken)) > 0
    ) {
      expect(performance.now()).toBeLessThan(giveUpAt);
      await sleep(50);
    }
  }

  const verdictsOf = async (token: string): Promise<Verdict[]> => [await surfaces.validate(b, token)];

  /** Terminates B's feed connection whenever it is seen; answers how to stop. */
  function terminateInALoop(): () => Promise<void> {
    const stopping = new AbortController();
    const loop = (async () => {
      while (!stopping.signal.aborted) {
        await postgres.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'latchkey-events' and usename = '${ACCOUNT_OF_B}'`,
        );
        await sleep(20);
      }
    })();
    return async () => {
      stopping.abort();
      await loop;
    };
  }
});

function tokenHolder(server: ServerProcess, accessToken: string): Client {
  const client = server.client();
  client.accessToken = accessToken;
  return client;
}

/** Resolves when the last of the sessions has been heard of, and a moment has passed for what comes twice. */
async function heardAll(socket: Watch, sessions: readonly string[]): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!sessions.every((id) => socket.heard.some(({ sessionId }) => sessionId === id))) {
    if (performance.now() > giveUpAt) return;
    await sleep(20);
  }
  await sleep(300);
}
