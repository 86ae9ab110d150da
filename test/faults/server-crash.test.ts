import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import {
  type Environment,
  killAll,
  productEnvironment,
  runLatchkey,
  ServerProcess,
  SYSTEM_ADMIN,
  temporaryDirectory,
} from '../support/server-process.js';
import { expectKept, HALVES, Load, loadEnvironment } from './load.js';
import { signIn } from './surfaces.js';

// What was in flight at a crash may come again minutes later, on a slow machine: that is no theft here.
const steady: Environment = { ...loadEnvironment, AUTH_REFRESH_REPLAY_WINDOW: '60' };

/** So many good answers there are at least between two crashes. */
const LEAST_WORK = 10;

afterAll(killAll);

/** Kills a server under load over and over; resolves with the last one, running, and everything that was acked. */
async function crash(env: Environment, times: number): Promise<{ server: ServerProcess; load: Load }> {
  let server = await ServerProcess.start(env);
  const load = new Load(() => server.url);
  await load.prepare();
  for (let round = 0; round < times; round += 1) {
    const before = load.counts.good;
    load.start();
    while (load.counts.good < before + LEAST_WORK) await sleep(10);
    await sleep(Math.random() * 200);
    await server.kill();
    await load.stop();
    server = await ServerProcess.start(env);
  }
  expect(load.violations).toEqual([]);
  return { server, load };
}

describeWithPostgres('the server on Postgres', () => {
  let postgres: PostgresCluster;
  beforeAll(async () => {
    postgres = await PostgresCluster.create();
  });
  afterAll(async () => {
    await killAll();
    await PostgresCluster.removeAll();
  });

  test('killed 20 times under load, it keeps what it acknowledged, leaves no halves, and the audit chain is whole', async () => {
    const env = { ...steady, DATABASE_URL: postgres.url() };
    const { server, load } = await crash(env, 20);
    await expectKept(load, server);
    for (const [what, query] of Object.entries(HALVES)) expect(await postgres.query(query), what).toEqual([]);
    const { code, stdout } = await runLatchkey(['verify-audit'], env);
    expect(stdout).toMatch(/^The chain of \d+ links is whole/);
    expect(code).toBe(0);
  }, 240_000);

  test('told to stop under load, it finishes what is under way and exits with 0 within ten seconds', async () => {
    const server = await ServerProcess.start({
      ...productEnvironment,
      DATABASE_URL: postgres.url(),
      // Slow enough that a few sign-ins are under way at any moment.
      AUTH_PASSWORD_HASH_TIME: '8',
      AUTH_PASSWORD_HASH_MEMORY_KIB: '19456',
    });
    const account = (i: number) => ({ email: `stop-${i}@example.com`, password: SYSTEM_ADMIN.password });
    for (let i = 0; i < 10; i += 1) await server.client().signUp(account(i));
    const sockets = await Promise.all(Array.from({ length: 3 }, () => openSocket(server)));
    const closeCodes = sockets.map(closeCodeOf);
    const underWay = Array.from({ length: 10 }, (_, i) => server.client().login(account(i)));
    await sleep(150);

    const toldAt = performance.now();
    const ended = server.kill('SIGTERM');
    const answers = await Promise.all(underWay);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await Promise.all(closeCodes)).toEqual([1001, 1001, 1001]);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldAt).toBeLessThan(10_000);
  }, 60_000);

  test('told to stop, it does not wait for clients that never finish, and still exits with 0', async () => {
    const server = await ServerProcess.start({ ...productEnvironment, DATABASE_URL: postgres.url() });
    const { port } = new URL(server.url);
    // One stopped in the middle of its request, one never answers the close of its websocket.
    const slow = connect(Number(port), '127.0.0.1');
    slow.on('error', () => {});
    slow.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n');
    slow.write('content-length: 1000\r\n\r\n{');
    const gone = await openSocket(server);
    gone.pause();
    await sleep(200);
    const toldAt = performance.now();
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldAt).toBeLessThan(10_000);
    gone.terminate();
    slow.destroy();
  }, 60_000);
});

describe('the server on the embedded database', () => {
  test('killed 10 times under load, it keeps what it acknowledged, leaves no halves, and the audit chain is whole', async () => {
    const directory = temporaryDirectory();
    const env = { ...steady, AUTH_DATA_DIR: directory };
    const { server, load } = await crash(env, 10);
    await expectKept(load, server);
    await server.kill();
    const { code, stdout } = await runLatchkey(['verify-audit'], env);
    expect(stdout).toMatch(/^The chain of \d+ links is whole/);
    expect(code).toBe(0);
    const database = await PGlite.create(join(directory, 'db'));
    for (const [what, query] of Object.entries(HALVES)) {
      expect((await database.query(query)).rows, what).toEqual([]);
    }
    await database.close();
  }, 240_000);
});

async function openSocket(server: ServerProcess): Promise<WebSocket> {
  const { accessToken } = await signIn(server);
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('open', resolve));
  const payload = { authorization: `Bearer ${accessToken}` };
  const acknowledged = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await acknowledged;
  return socket;
}

async function closeCodeOf(socket: WebSocket): Promise<number> {
  return await new Promise((resolve) => socket.once('close', resolve));
}
