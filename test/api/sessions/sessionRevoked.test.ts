import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, newService, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { listen, type Listener } from '../../support/listener.js';

let app: TestApp;
let admin: Client;
let basic: string;
const listeners: Listener[] = [];
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  ({ basic } = await newService(admin));
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});
afterAll(async () => await app.close());

type Options = Parameters<typeof listen>[2];
async function listenTo(client: Client, options: Options = {}): Promise<Listener> {
  const listener = await listen(app, client, options);
  listeners.push(listener);
  return listener;
}
const asService = async (after: string | null = null) =>
  await listenTo(app.client(), { authorization: basic, after });
const logout = async (client: Client) => await client.send('mutation { logout { ok } }');

/** Ends one session of a person, and tells which. */
async function endOne(person: Person): Promise<string> {
  const device = await anotherDevice(app, person);
  await logout(device);
  return claimsOf(device.accessToken).sid;
}

test('a service hears of every session that ends: which, whose, why and when', async () => {
  const service = await asService();
  const person = await newPerson(app);
  const device = await anotherDevice(app, person);
  await logout(device);
  expect(await service.next()).toEqual({
    sessionId: claimsOf(device.accessToken).sid,
    userId: person.id,
    reason: 'logout',
    revokedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    cursor: expect.any(String),
  });
});

test('each way a session ends has its reason', async () => {
  const service = await asService();
  const person = await newPerson(app);
  const end = async (device: Client, work: (sessionId: string) => Promise<unknown>) => {
    await work(claimsOf(device.accessToken).sid);
    return (await service.next()).reason;
  };
  const revoke = (client: Client) => async (sessionId: string) =>
    await client.send('mutation ($id: UUID!) { revokeSession(input: { sessionId: $id }) { sessionId } }', {
      id: sessionId,
    });
  const device = async () => await anotherDevice(app, person);
  expect(await end(await device(), revoke(person.client))).toBe('revoked_by_user');
  expect(await end(await device(), revoke(admin))).toBe('revoked_by_admin');
  const stolen = await device();
  const first = stolen.refreshToken;
  await stolen.refresh();
  await stolen.refresh();
  expect(await end(stolen, async () => await stolen.refresh(first))).toBe('refresh_token_reused');
});

test('a user hears of their own sessions only', async () => {
  const [person, stranger] = [await newPerson(app), await newPerson(app)];
  const own = await listenTo(person.client);
  await endOne(stranger);
  const ended = await endOne(person);
  expect(await own.next()).toMatchObject({ sessionId: ended, userId: person.id });
});

test('a user cannot hear of others by the cursor of somebody who can', async () => {
  const [person, stranger] = [await newPerson(app), await newPerson(app)];
  const service = await asService();
  await endOne(stranger);
  const { cursor } = await service.next();
  await endOne(stranger);
  const ended = await endOne(person);
  const own = await listenTo(person.client, { after: cursor });
  expect(await own.next()).toMatchObject({ sessionId: ended });
});

test('an admin hears of everybody’s sessions', async () => {
  const listener = await listenTo(admin);
  const ended = await endOne(await newPerson(app));
  expect((await listener.next()).sessionId).toBe(ended);
});

test('a listener that was away hears first what it has missed, in order, then what comes', async () => {
  const person = await newPerson(app);
  const before = await asService();
  await endOne(person);
  const { cursor } = await before.next();
  await before.close();
  const missed = [await endOne(person), await endOne(person), await endOne(person)];
  const after = await asService(cursor);
  const heard = [await after.next(), await after.next(), await after.next()];
  expect(heard.map(({ sessionId }) => sessionId)).toEqual(missed);
  const live = await endOne(person);
  expect((await after.next()).sessionId).toBe(live);
});

test('whoever asks for the last event they heard hears nothing twice', async () => {
  const person = await newPerson(app);
  const before = await asService();
  await endOne(person);
  const { cursor } = await before.next();
  const after = await asService(cursor);
  const next = await endOne(person);
  expect((await after.next()).sessionId).toBe(next);
});

test('a cursor to which the log no longer reaches back is EVENTS_GONE', async () => {
  const person = await newPerson(app);
  const before = await asService();
  await endOne(person);
  const { cursor } = await before.next();
  for (let missed = 0; missed < 2; missed += 1) await endOne(person);
  await before.next();
  const { cursor: last } = await before.next();
  const position = Number(Buffer.from(last, 'base64url').toString());
  await sql(app, 'delete from event_log where position < ?', [position]);
  await expect((await asService(cursor)).next()).rejects.toThrow('EVENTS_GONE');
  await sql(app, 'delete from event_log');
  await expect((await asService(cursor)).next()).rejects.toThrow('EVENTS_GONE');
});

test.each(['garbage', '', Buffer.from('-1').toString('base64url')])(
  'the cursor "%s" is refused',
  async (after) => {
    await expect((await asService(after)).next()).rejects.toThrow('INVALID_CURSOR');
  },
);

test('nobody is refused before any event, and so is a machine without the permission', async () => {
  const anonymous = await listenTo(app.client(), { authorization: null });
  await expect(anonymous.next()).rejects.toThrow('UNAUTHENTICATED');
  const { basic: plain } = await newService(admin, { roles: [] });
  const machine = await listenTo(app.client(), { authorization: plain });
  await expect(machine.next()).rejects.toThrow('FORBIDDEN');
});

test.each(['Bearer not.a.token', 'Basic bm9ib2R5Om5vdGhpbmc=', 'Digest x', ''])(
  'a socket with the credential "%s" is closed with 4401',
  async (authorization) => {
    const listener = await listenTo(app.client(), { authorization });
    expect(await listener.closed).toBe(4401);
    await expect(listener.next()).rejects.toThrow('closed with 4401');
  },
);

test('a socket is closed with 4401 when its own session ends; other sockets stay', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const [ended, other, service] = [await listenTo(phone), await listenTo(person.client), await asService()];
  await logout(phone);
  expect(await ended.closed).toBe(4401);
  const { sid } = claimsOf(phone.accessToken);
  expect((await other.next()).sessionId).toBe(sid);
  expect((await service.next()).sessionId).toBe(sid);
});

test('a socket is closed with 4401 when the access token that opened it expires', async () => {
  const short = await startTestApp({ config: { tokens: { accessTtlSeconds: 1 } } });
  try {
    const listener = await listen(short, await short.adminClient());
    expect(await listener.closed).toBe(4401);
  } finally {
    await short.close();
  }
});

test('a stopping server closes its sockets, so that clients go elsewhere', async () => {
  const stopping = await startTestApp();
  const listener = await listen(stopping, await stopping.adminClient());
  await stopping.close();
  expect(await listener.closed).toBe(1001);
});
