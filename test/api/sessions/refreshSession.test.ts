import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  anotherDevice,
  auditNamesOf,
  claimsOf,
  newPerson,
  newService,
  PASSWORD,
  sql,
} from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const tokensOf = ({ data }: Answer) => data?.['refreshSession'].tokens;

test('a refresh gives a new pair of tokens for the same session, and the new access token works', async () => {
  const { client } = await newPerson(app);
  const before = { access: client.accessToken, refresh: client.refreshToken };
  const { sid } = claimsOf(before.access);
  clock.advance(60);
  expect((await client.refresh()).errors).toEqual([]);
  expect(client.accessToken).not.toBe(before.access);
  expect(client.refreshToken).not.toBe(before.refresh);
  expect(claimsOf(client.accessToken).sid).toBe(sid);
  expect((await client.send('{ viewer { id } }')).data?.['viewer'].id).toBe(client.userId);
});

test('the time of sign-in and how it was done stay those of the sign-in', async () => {
  const { client } = await newPerson(app);
  const { auth_time, amr, acr } = claimsOf(client.accessToken);
  clock.advance(3_600);
  await client.refresh();
  expect(claimsOf(client.accessToken)).toMatchObject({ auth_time, amr, acr });
});

test('the token again within ten seconds gives the same successor, also to thirty at once', async () => {
  const { client } = await newPerson(app);
  const first = client.refreshToken;
  await client.refresh();
  const second = client.refreshToken;
  clock.advance(10);
  const replays = await Promise.all(Array.from({ length: 30 }, () => client.refresh(first)));
  expect(replays.flatMap(({ errors }) => errors)).toEqual([]);
  expect(new Set(replays.map((each) => tokensOf(each).refreshToken))).toEqual(new Set([second]));
  expect((await client.refresh()).errors).toEqual([]);
});

test('the token again after ten seconds ends the session for whoever holds any part of it', async () => {
  const { client, id } = await newPerson(app);
  const first = client.refreshToken;
  await client.refresh();
  clock.advance(11);
  const reused = await client.refresh(first);
  expect([reused.status, reused.code, reused.data]).toEqual([401, 'REFRESH_REUSED', null]);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect((await client.fetch('/auth/validate')).status).toBe(401);
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names.slice(0, 2).toSorted()).toEqual(['refresh_token.reused', 'session.revoked']);
});

test('the first token after the third was given out ends the session, even within ten seconds', async () => {
  const { client } = await newPerson(app);
  const first = client.refreshToken;
  await client.refresh();
  await client.refresh();
  expect((await client.refresh(first)).code).toBe('REFRESH_REUSED');
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('reuse ends that session only', async () => {
  const person = await newPerson(app);
  const other = await anotherDevice(app, person);
  const first = person.client.refreshToken;
  await person.client.refresh();
  clock.advance(11);
  await person.client.refresh(first);
  expect((await other.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await other.refresh()).errors).toEqual([]);
});

test('a session that is not refreshed for seven days is over', async () => {
  const { client } = await newPerson(app);
  clock.advance(7 * DAY - 1);
  expect((await client.refresh()).errors).toEqual([]);
  clock.advance(7 * DAY);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('a session is over after thirty days, however much it is used, and no token claims to outlive it', async () => {
  const { client } = await newPerson(app);
  const end = clock.now().getTime() + 30 * DAY * 1000;
  for (let day = 5; day < 30; day += 5) {
    clock.advance(5 * DAY);
    const answer = await client.refresh();
    const expiresAt = Date.parse(tokensOf(answer).refreshTokenExpiresAt);
    expect(expiresAt).toBe(Math.min(clock.now().getTime() + 7 * DAY * 1000, end));
  }
  clock.advance(5 * DAY - 1);
  expect((await client.refresh()).errors).toEqual([]);
  clock.advance(1);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  // Its access token has fourteen minutes left; the session behind it has not.
  expect((await client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
});

test('a deactivated user refreshes nothing', async () => {
  const { client, id } = await newPerson(app);
  await sql(app, `update users set status = 'deactivated' where id = ?`, [id]);
  const answer = await client.refresh();
  expect([answer.status, answer.code]).toEqual([401, 'SESSION_EXPIRED']);
});

test('a revoked session is not refreshed, and its replay is no theft', async () => {
  const { client, id } = await newPerson(app);
  const first = client.refreshToken;
  await client.refresh();
  await client.send('mutation { logout { ok } }');
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await client.refresh(first)).code).toBe('SESSION_EXPIRED');
  expect(await auditNamesOf(await app.adminClient(), id)).not.toContain('refresh_token.reused');
});

test.each([
  ['empty', ''],
  ['unknown', `lkr_${'A'.repeat(43)}`],
  ['without its prefix', 'A'.repeat(47)],
  ['an SQL fragment', `' or '1'='1`],
  ['in another script', '鍵'.repeat(47)],
])('a refresh token that is %s is refused as invalid', async (_, token) => {
  const answer = await app.client().refresh(token);
  expect([answer.status, answer.code]).toEqual([401, 'REFRESH_INVALID']);
});

test('an access token is no refresh token, nor is a client secret', async () => {
  const { client } = await newPerson(app);
  expect((await client.refresh(client.accessToken?.slice(0, 200))).code).toBe('REFRESH_INVALID');
  const { clientSecret } = await newService(await app.adminClient());
  expect((await client.refresh(clientSecret)).code).toBe('REFRESH_INVALID');
});

test('the refreshed token is for the audience that was asked for; an unknown one costs no rotation', async () => {
  await run(await app.adminClient(), operations.registerAudience, {
    input: { identifier: 'stock-api', description: '' },
  });
  const { client } = await newPerson(app);
  const refresh = async (audience: string) =>
    await client.send(
      `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
        tokens { accessToken refreshToken refreshTokenExpiresAt } } }`,
      { input: { refreshToken: client.refreshToken, audience } },
    );
  expect((await refresh('nobody-registered-this')).code).toBe('AUDIENCE_UNKNOWN');
  const tokens = tokensOf(await refresh('stock-api'));
  expect(claimsOf(tokens.accessToken)['aud']).toBe('stock-api');
});

test('what is stored is a hash: no refresh token stands in the database', async () => {
  const { client } = await newPerson(app);
  await client.refresh();
  const rows = await sql(app, 'select * from refresh_tokens');
  expect(JSON.stringify(rows)).not.toContain(client.refreshToken?.slice(4));
});

test('whoever signs in again after a refresh was refused starts a new session', async () => {
  const { client, email } = await newPerson(app);
  const { sid } = claimsOf(client.accessToken);
  clock.advance(8 * DAY);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  await client.login({ email, password: PASSWORD });
  expect(claimsOf(client.accessToken).sid).not.toBe(sid);
});
