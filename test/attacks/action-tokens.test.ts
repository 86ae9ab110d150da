import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app/app.js';
import {
  anotherDevice,
  claimsOf,
  newPerson,
  newService,
  PASSWORD,
  type Person,
  sql,
} from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { databaseUrl } from '../support/database-template.js';
import { generousLimits } from '../support/email-flows.js';
import { RawSocket } from '../support/raw-socket.js';
import {
  actionToken,
  confirmAction,
  consumeActionToken,
  reauthenticate,
  requestedAction,
  STALE_SECONDS,
} from '../support/step-up.js';

const ORDERS = 'https://orders.example.com';
const BILLS = 'https://bills.example.com';
const INVALID = [403, 'ACTION_TOKEN_INVALID'];
const closeShop = { action: 'close_shop', audience: ORDERS };
const CALLS = 30;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let orders: string;
let bills: string;
beforeAll(async () => {
  const actions = { names: ['close_shop', 'open_shop'] };
  const tokens = { accessTtlSeconds: 86_400 };
  app = await startTestApp({ clock, config: { actions, tokens, rateLimits: generousLimits } });
  admin = await app.adminClient();
  for (const identifier of [ORDERS, BILLS]) {
    const register = `mutation ($input: RegisterAudienceInput!) { registerAudience(input: $input) { audience { id } } }`;
    expect((await admin.send(register, { input: { identifier, description: '' } })).errors).toEqual([]);
  }
  orders = (await newService(admin, { audiences: [ORDERS], roles: ['resource_server'] })).basic;
  bills = (await newService(admin, { audiences: [BILLS], roles: ['resource_server'] })).basic;
});
afterAll(() => app.close());

/** What the orders service sends when a user's client has shown it a token. */
function asShown({ client }: Person, token: string) {
  return { actionToken: token, ...closeShop, sessionId: claimsOf(client.accessToken).sid };
}

async function consume(input: object, authorization = orders, client = app.client()) {
  const answer = await consumeActionToken(client, input, { authorization });
  return [answer.status, answer.code];
}

async function introspect(form: Record<string, string>, authorization = orders, url = app.url) {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${url}/auth/introspect`, { method: 'POST', headers: { authorization }, body });
  return (await answer.json()) as Record<string, unknown>;
}

describe('a token for one action', () => {
  test('is used up by the first who shows it, at whichever of the two doors', async () => {
    const person = await newPerson(app);
    const first = await actionToken(person.client, closeShop);
    expect(await consume(asShown(person, first))).toEqual([200, undefined]);
    expect(await consume(asShown(person, first))).toEqual(INVALID);
    expect(await introspect({ token: first })).toEqual({ active: false });
    const second = await actionToken(person.client, closeShop);
    expect(await introspect({ token: second })).toMatchObject({ active: true, action: 'close_shop' });
    expect(await introspect({ token: second })).toEqual({ active: false });
    expect(await consume(asShown(person, second))).toEqual(INVALID);
  });

  test(`is good for one of ${CALLS} calls at once`, async () => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, closeShop);
    const calls = Array.from({ length: CALLS }, async (_, n) =>
      n % 2 === 0
        ? (await consume(asShown(person, token)))[0] === 200
        : (await introspect({ token }))['active'] === true,
    );
    expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
  });

  test('is refused for another action, audience or session, and its owner does not lose it by that', async () => {
    const person = await newPerson(app);
    const other = await anotherDevice(app, person);
    const token = await actionToken(person.client, closeShop);
    const shown = asShown(person, token);
    expect(await consume({ ...shown, action: 'open_shop' })).toEqual(INVALID);
    expect(await consume({ ...shown, audience: BILLS })).toEqual(INVALID);
    expect(await consume({ ...shown, audience: BILLS }, bills)).toEqual(INVALID);
    expect(await consume(shown, bills)).toEqual(INVALID);
    expect(await consume({ ...shown, sessionId: claimsOf(other.accessToken).sid })).toEqual(INVALID);
    expect(await introspect({ token, action: 'open_shop' })).toEqual({ active: false });
    expect(await introspect({ token, session_id: claimsOf(other.accessToken).sid })).toEqual({
      active: false,
    });
    expect(await introspect({ token }, bills)).toEqual({ active: false });
    expect(await consume(shown)).toEqual([200, undefined]);
  });

  test('is refused a moment after its time', async () => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, closeShop);
    clock.advance(300);
    expect(await consume(asShown(person, token))).toEqual(INVALID);
    expect(await introspect({ token })).toEqual({ active: false });
    const punctual = await actionToken(person.client, closeShop);
    clock.advance(299);
    expect(await consume(asShown(person, punctual))).toEqual([200, undefined]);
  });

  const ends: readonly (readonly [string, (person: Person) => Promise<unknown>])[] = [
    ['its session is signed out', async ({ client }) => await client.send('mutation { logout { ok } }')],
    [
      'its session has run out',
      async ({ client }) => await sql(app, ENDED, [clock.now(), claimsOf(client.accessToken).sid]),
    ],
    [
      'another device of its owner ends the session',
      async (person) =>
        await (await anotherDevice(app, person)).send('mutation { revokeOtherSessions { revokedCount } }'),
    ],
    [
      'its owner changes the password',
      async ({ client }) => await client.send(CHANGE, { input: NEW_PASSWORD }),
    ],
    [
      'its owner is deactivated',
      async ({ id }) => await (await app.adminClient()).send(DEACTIVATE, { input: { userId: id } }),
    ],
    [
      'its owner is erased',
      async ({ id }) => await (await app.adminClient()).send(ERASE, { input: { userId: id } }),
    ],
  ];
  const ENDED = 'update sessions set expires_at = ? where id = ?';
  const CHANGE =
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { sessionsEnded } }';
  const NEW_PASSWORD = { currentPassword: PASSWORD, newPassword: 'seven green lamps over a bridge' };
  const DEACTIVATE =
    'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { user { id } } }';
  const ERASE = 'mutation ($input: EraseUserInput!) { eraseUser(input: $input) { receiptId } }';

  test.each(ends)('is worth nothing once %s', async (_name, end) => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, closeShop);
    const shown = asShown(person, token);
    const answer = await end(person);
    if (typeof answer === 'object' && answer && 'errors' in answer) expect(answer.errors).toEqual([]);
    expect(await consume(shown)).toEqual(INVALID);
    expect(await introspect({ token })).toEqual({ active: false });
  });

  test('is no credential anywhere: not as bearer, cookie, key, refresh token, attempt or at a socket', async () => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, { action: 'erase_account' });
    for (const header of [
      { authorization: `Bearer ${token}` },
      { 'x-api-key': token },
      { authorization: `Basic ${Buffer.from(`${person.id}:${token}`).toString('base64')}` },
    ]) {
      expect((await app.client().send('{ viewer { id } }', {}, header)).status).toBe(401);
      expect((await app.client().fetch('/auth/validate', { headers: header })).status).toBe(401);
    }
    const cookie = { cookie: `__Host-latchkey_access=${token}; latchkey_access=${token}` };
    expect((await app.client().fetch('/auth/validate', { headers: cookie })).status).toBe(401);
    expect((await app.client().refresh(token)).code).toBe('REFRESH_INVALID');
    for (const [field, input] of Object.entries(elsewhere(token))) {
      const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
      const text = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
      const answer = await app.client().send(text, { input });
      expect([field, answer.status >= 400 && answer.status < 500]).toEqual([field, true]);
      expect([field, answer.code]).not.toEqual([field, 'GRAPHQL_VALIDATION_FAILED']);
    }
    const raw = await RawSocket.connect(app.url);
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect((await raw.closed).code).toBe(4401);
    // After all that, it is as good as before for the one thing it is for.
    const { sid } = claimsOf(person.client.accessToken);
    const shown = {
      actionToken: token,
      action: 'erase_account',
      audience: app.services.ownAudience,
      sessionId: sid,
    };
    expect((await consumeActionToken(person.client, shown)).errors).toEqual([]);
  });

  function elsewhere(token: string): Record<string, object> {
    return {
      verifySecondFactor: { attemptToken: token, kind: 'TOTP', code: '123456' },
      completeLogin: { attemptToken: token },
      resetPassword: { token, newPassword: 'seven green lamps over a bridge' },
      verifyEmail: { token },
      undoEmailChange: { token },
      activateAccount: { token, password: 'seven green lamps over a bridge' },
    };
  }
});

describe('whoever has got hold of a session', () => {
  test('gets no token without a proof, however fresh the session is', async () => {
    const { client } = await newPerson(app);
    const requestId = await requestedAction(client, { action: 'erase_account' });
    expect((await confirmAction(client, { requestId })).code).toBe('INVALID_INPUT');
    expect((await confirmAction(client, { requestId, password: 'a guess' })).code).toBe('PROOF_REFUSED');
  });

  test('does not confirm what was asked for in another session, or by somebody else', async () => {
    const person = await newPerson(app);
    const other = await anotherDevice(app, person);
    const stranger = await newPerson(app);
    const requestId = await requestedAction(person.client, { action: 'erase_account' });
    for (const client of [other, stranger.client]) {
      const answer = await confirmAction(client, { requestId, password: PASSWORD });
      expect([answer.status, answer.code]).toEqual([422, 'ACTION_REQUEST_INVALID']);
    }
    expect((await confirmAction(person.client, { requestId, password: PASSWORD })).errors).toEqual([]);
  });

  test(`gets one token for one request, of ${CALLS} confirmations at once`, async () => {
    const { client } = await newPerson(app);
    const requestId = await requestedAction(client, { action: 'erase_account' });
    const answers = await Promise.all(
      Array.from(
        { length: CALLS },
        async () => await confirmAction(client, { requestId, password: PASSWORD }),
      ),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });

  test('spends a token on one field of a document, whatever else the document asks for', async () => {
    const client = await app.adminClient();
    const [a, b] = [await newPerson(app), await newPerson(app)];
    clock.advance(STALE_SECONDS);
    const token = await actionToken(client, { action: 'delete_user' }, { password: ADMIN_PASSWORD });
    const answer = await client.send(
      `mutation ($a: DeleteUserInput!, $b: DeleteUserInput!) {
        a: deleteUser(input: $a) { user { id } } b: deleteUser(input: $b) { user { id } } }`,
      { a: { userId: a.id }, b: { userId: b.id } },
      { 'x-action-token': token },
    );
    expect(answer.code).toBe('STEP_UP_REQUIRED');
    expect(await statusesOf(a, b)).toEqual(['deleted', 'active']);
  });

  test('does not use a token up at a field that they may not have at all', async () => {
    const { client } = await newPerson(app);
    const token = await actionToken(client, { action: 'rotate_signing_key' });
    clock.advance(STALE_SECONDS - 700);
    const rotate = 'mutation { rotateSigningKey(input: {}) { signingKey { id } } }';
    expect((await client.send(rotate, {}, { 'x-action-token': token })).code).toBe('FORBIDDEN');
    const rows = await sql(
      app,
      "select consumed_at from challenges where purpose = 'action' order by id desc limit 1",
    );
    expect(rows).toEqual([{ consumed_at: null }]);
  });

  const ADMIN_PASSWORD = 'correct horse battery staple';

  async function statusesOf(...people: Person[]): Promise<unknown[]> {
    const rows = await Promise.all(
      people.map(async ({ id }) => await sql(app, 'select status from users where id = ?', [id])),
    );
    return rows.map(([row]) => row?.['status']);
  }
});

// Only there can be two processes.
describe.each(databaseUrl === undefined ? [] : ['Postgres'])('with another process on %s', () => {
  let other: App;
  beforeAll(async () => {
    other = await startApp(app.services.config, { clock });
  });
  afterAll(() => other.close());

  test('one of many calls at both has the token', async () => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, closeShop);
    const calls = Array.from({ length: CALLS }, async (_, n) => {
      const there = new Client(n % 2 === 0 ? app.url : other.url);
      return (await consume(asShown(person, token), orders, there))[0] === 200;
    });
    expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
    expect(await introspect({ token }, orders, other.url)).toEqual({ active: false });
  });

  test('what is used up, late or ended at one is so at the other', async () => {
    const person = await newPerson(app);
    const there = new Client(other.url);
    const used = await actionToken(person.client, closeShop);
    expect(await consume(asShown(person, used))).toEqual([200, undefined]);
    expect(await consume(asShown(person, used), orders, there)).toEqual(INVALID);
    const elsewhere = await actionToken(person.client, closeShop);
    const shown = asShown(person, elsewhere);
    expect(await consume({ ...shown, action: 'open_shop' }, orders, there)).toEqual(INVALID);
    expect(await consume(shown, bills, there)).toEqual(INVALID);
    const ended = await actionToken(person.client, closeShop);
    await person.client.send('mutation { logout { ok } }');
    expect(await consume(asShown(person, ended), orders, there)).toEqual(INVALID);
  });

  test('a proof given at one counts at the other within a second, for the same access token', async () => {
    const person = await newPerson(app);
    const there = new Client(other.url);
    there.accessToken = person.client.accessToken;
    clock.advance(STALE_SECONDS);
    const text = '{ exportMyData { sections { table } } }';
    expect((await there.send(text)).code).toBe('STEP_UP_REQUIRED');
    expect((await reauthenticate(person.client, { password: PASSWORD })).errors).toEqual([]);
    await expect.poll(async () => (await there.send(text)).code, { timeout: 1_000 }).toBeUndefined();
  });
});
