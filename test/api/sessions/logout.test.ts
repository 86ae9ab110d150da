import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newPerson, newService } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const LOGOUT = 'mutation ($input: LogoutInput) { logout(input: $input) { ok } }';
const OK = { logout: { ok: true } };

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const codeOf = async (client: Client) => (await client.send('{ viewer { id } }')).code;

test('signing out ends the session: neither of its tokens works any more', async () => {
  const { client, id } = await newPerson(app);
  expect((await client.send(LOGOUT)).data).toEqual(OK);
  expect(await codeOf(client)).toBe('SESSION_EXPIRED');
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('session.revoked');
});

test('signing out twice is fine, and ends the session once', async () => {
  const { client, id } = await newPerson(app);
  for (let times = 0; times < 2; times += 1) {
    const { status, data, errors } = await client.send(LOGOUT, {
      input: { refreshToken: client.refreshToken },
    });
    expect([status, data, errors]).toEqual([200, OK, []]);
  }
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names.filter((name) => name === 'session.revoked')).toHaveLength(1);
});

test('an expired access token still signs out, although it opens nothing else', async () => {
  const { client } = await newPerson(app);
  clock.advance(901);
  expect(await codeOf(client)).toBe('TOKEN_EXPIRED');
  const { status, data } = await client.send(LOGOUT);
  expect([status, data]).toEqual([200, OK]);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('a refresh token signs out its own session, not that of the access token beside it', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  expect((await person.client.send(LOGOUT, { input: { refreshToken: phone.refreshToken } })).data).toEqual(
    OK,
  );
  expect(await codeOf(phone)).toBe('SESSION_EXPIRED');
  expect(await codeOf(person.client)).toBeUndefined();
});

test('a refresh token alone is enough, also one that was rotated away', async () => {
  const { client } = await newPerson(app);
  const first = client.refreshToken;
  await client.refresh();
  expect((await app.client().send(LOGOUT, { input: { refreshToken: first } })).data).toEqual(OK);
  expect(await codeOf(client)).toBe('SESSION_EXPIRED');
});

test('signing out of nothing is fine and ends nothing', async () => {
  const { client } = await newPerson(app);
  const stranger = app.client();
  const unknown = { input: { refreshToken: `lkr_${'A'.repeat(43)}` } };
  const garbage = { authorization: 'Bearer not.a.token' };
  for (const answer of [
    await stranger.send(LOGOUT),
    await stranger.send(LOGOUT, unknown),
    await stranger.send(LOGOUT, { input: { refreshToken: '' } }),
    await stranger.send(LOGOUT, { input: null }, garbage),
  ])
    expect([answer.status, answer.data]).toEqual([200, OK]);
  expect(await codeOf(client)).toBeUndefined();
});

test('a token that somebody else made up, naming a session, ends nothing', async () => {
  const { client } = await newPerson(app);
  const [header, body] = (client.accessToken ?? '').split('.');
  clock.advance(901);
  const forged = { authorization: `Bearer ${header}.${body}.${'A'.repeat(86)}` };
  expect((await app.client().send(LOGOUT, {}, forged)).data).toEqual(OK);
  expect((await client.refresh()).errors).toEqual([]);
});

test('a service account has no session to end', async () => {
  const { basic } = await newService(await app.adminClient());
  expect((await app.client().send(LOGOUT, {}, { authorization: basic })).data).toEqual(OK);
  expect((await app.client().send('{ viewer { kind } }', {}, { authorization: basic })).errors).toEqual([]);
});
