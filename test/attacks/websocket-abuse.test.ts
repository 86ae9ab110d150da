import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Documents } from '../../src/graphql/documents.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const upgrade = (path: string, origin: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${origin}\r\n`;

test.each([
  ['an unknown path', '/nowhere', ''],
  ['a foreign origin', '/graphql', 'Origin: https://evil.example\r\n'],
])('a refused upgrade (%s) that is reset at once does not end the process', async (_why, path, origin) => {
  const faults: unknown[] = [];
  const note = (error: unknown): void => void faults.push(error);
  process.on('uncaughtException', note);
  const { port } = new URL(app.url);
  for (let i = 0; i < 40; i += 1) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(upgrade(path, origin));
    socket.once('data', () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  await sleep(50);
  process.off('uncaughtException', note);
  expect(faults).toEqual([]);
  expect((await app.client().fetch('/health/live')).status).toBe(200);
});

const openConnections = (): Promise<number> =>
  new Promise((resolve) => app.server.server.getConnections((_error, count) => resolve(count)));

test('a refused upgrade leaves no open connection behind', async () => {
  const { port } = new URL(app.url);
  const before = await openConnections();
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(upgrade('/nowhere', ''));
  socket.resume();
  await once(socket, 'end');
  // Our side stays open; the server's must not wait for us.
  await expect.poll(openConnections).toBeLessThanOrEqual(before);
  socket.destroy();
});

test('whoever sends and never reads is cut off before the answers pile up', async () => {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  const closed = once(socket, 'close') as Promise<[number]>;
  socket.pause();
  const ping = JSON.stringify({ type: 'ping', payload: { fill: 'x'.repeat(60_000) } });
  for (let i = 0; i < 500 && socket.readyState === WebSocket.OPEN; i += 1) {
    socket.send(ping);
    if (i % 20 === 0) await sleep(5);
  }
  socket.resume();
  const [code] = await closed;
  expect(code).toBe(1006);
});

test('a document that cannot be run is not kept in memory', () => {
  const documents = new Documents(buildSchema('type Query { a: Int }'), { hideSuggestions: true });
  expect(documents.get('{ a }')).toBe(documents.get('{ a }'));
  expect(documents.get('{ b }')).not.toBe(documents.get('{ b }'));
});

test('a document that nests too deeply for the parser is refused, not an accident', async () => {
  const query = `{ viewer(a: ${'['.repeat(20_000)}`;
  const answer = await app.client().send(query);
  expect(answer.status).toBe(400);
  const documents = new Documents(buildSchema('type Query { a: Int }'), { hideSuggestions: true });
  expect(documents.get(`{ a(b: ${'['.repeat(20_000)}`)).toHaveProperty('errors');
});
