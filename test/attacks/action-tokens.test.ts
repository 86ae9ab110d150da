import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, PASSWORD, type Person, sql } from '../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { RawSocket } from '../support/raw-socket.js';
import {
  actionToken,
  asShown,
  BILLS,
  closeShop,
  confirmAction,
  consumeActionToken,
  introspectAction,
  openShop,
  requestedAction,
  shopConfig,
  type ShopServices,
  STALE_SECONDS,
} from '../support/step-up.js';

const INVALID = [403, 'ACTION_TOKEN_INVALID'];
const CALLS = 30;

const clock = new FakeClock();
let app: TestApp;
let services: ShopServices;
beforeAll(async () => {
  app = await startTestApp({ clock, config: shopConfig });
  services = await openShop(app);
});
afterAll(() => app.close());

async function consume(input: object, authorization = services.orders) {
  const answer = await consumeActionToken(app.client(), input, { authorization });
  return [answer.status, answer.code];
}

async function introspect(form: Record<string, string>, authorization = services.orders) {
  return await introspectAction(app.url, form, authorization);
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
    expect(await consume({ ...shown, audience: BILLS }, services.bills)).toEqual(INVALID);
    expect(await consume(shown, services.bills)).toEqual(INVALID);
    expect(await consume({ ...shown, sessionId: claimsOf(other.accessToken).sid })).toEqual(INVALID);
    expect(await introspect({ token, action: 'open_shop' })).toEqual({ active: false });
    expect(await introspect({ token, session_id: claimsOf(other.accessToken).sid })).toEqual({
      active: false,
    });
    expect(await introspect({ token }, services.bills)).toEqual({ active: false });
    expect(await consume(shown)).toEqual([200, undefined]);
  });

  test('is worth nothing once its session ran into the deadline for a second factor', async () => {
    const person = await newPerson(app);
    const token = await actionToken(person.client, closeShop);
    const deadline = new Date(clock.now().getTime() + 30_000).toISOString();
    await sql(app, 'update users set second_factor_deadline = ? where id = ?', [deadline, person.id]);
    clock.advance(31);
    expect(await consume(asShown(person, token))).toEqual(INVALID);
    expect(await introspect({ token })).toEqual({ active: false });
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
    const headers: Record<string, string>[] = [
      { authorization: `Bearer ${token}` },
      { 'x-api-key': token },
      { authorization: `Basic ${Buffer.from(`${person.id}:${token}`).toString('base64')}` },
    ];
    for (const header of headers) {
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
    const token = await actionToken(client, { action: 'delete_user' }, { password: ADMIN.password });
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

  async function statusesOf(...people: Person[]): Promise<unknown[]> {
    const rows = await Promise.all(
      people.map(async ({ id }) => await sql(app, 'select status from users where id = ?', [id])),
    );
    return rows.map(([row]) => row?.['status']);
  }
});
