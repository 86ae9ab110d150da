import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import {
  addSecret,
  basicOf,
  machineToken,
  newServiceAccount,
  post,
  requestToken,
  rotateClientSecret,
  updateServiceAccount,
  viewerOf,
} from '../support/service-accounts.js';

const FAILURES = 5;
const TOKENS = 8;
const WRONG = `lks_${'A'.repeat(43)}`;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  const rateLimits = { ...generousLimits, clientFailuresPerMinute: FAILURES, tokenRequestsPerMinute: TOKENS };
  app = await startTestApp({ clock, config: { rateLimits, server: { trustedProxies: ['127.0.0.1'] } } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const GRANT = { grant_type: 'client_credentials' };

describe('whoever guesses client secrets', () => {
  const guess = async (authorization: string, ip: string) =>
    await post(app.url, '/oauth/token', GRANT, { authorization, 'x-forwarded-for': ip });

  test('is told to wait, at every door alike, while the right secret passes from the same network', async () => {
    const { clientId, basic } = await newServiceAccount(admin);
    for (let n = 0; n < FAILURES; n += 1) {
      expect((await guess(basicOf(clientId, WRONG), `203.0.113.${n}`)).status).toBe(401);
    }
    const answer = await guess(basicOf(clientId, WRONG), '203.0.113.99');
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const headers = { authorization: basicOf(clientId, WRONG), 'x-forwarded-for': '203.0.113.7' };
    for (const path of ['/auth/introspect', '/oauth/revoke']) {
      expect([path, (await post(app.url, path, { token: 'x' }, headers)).status]).toEqual([path, 429]);
    }
    const graphql = await app.client().send('{ viewer { id } }', {}, headers);
    expect([graphql.status, graphql.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await guess(basic, '203.0.113.7')).status).toBe(200);
    expect((await guess(basicOf(clientId, WRONG), '198.51.100.1')).status).toBe(401);
  });

  test('finds no difference between an unknown, a disabled and a wrong one', async () => {
    const { clientId, clientSecret } = await newServiceAccount(admin);
    await sql(app, 'update service_accounts set enabled = false where id = ?', [clientId]);
    const other = await newServiceAccount(admin);
    const guesses = [
      basicOf(clientId, clientSecret),
      basicOf(other.clientId, WRONG),
      basicOf('01890000-0000-7000-8000-000000000000', WRONG),
      basicOf('nobody', 'nothing'),
    ];
    const answers = await Promise.all(guesses.map(async (each) => await guess(each, '192.0.2.1')));
    expect(new Set(answers.map(({ status, json }) => JSON.stringify([status, json]))).size).toBe(1);
  });
});

test('an account that asks for too many tokens waits, and no other account with it', async () => {
  const [greedy, other] = [await newServiceAccount(admin), await newServiceAccount(admin)];
  for (let n = 0; n < TOKENS; n += 1) expect((await requestToken(app.url, greedy)).status).toBe(200);
  const { status, headers } = await requestToken(app.url, greedy);
  expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true]);
  expect((await requestToken(app.url, other)).status).toBe(200);
});

describe('a client secret that a stolen session planted', () => {
  test('is found in the account of others and ended, with its tokens; what was there before stays', async () => {
    const { clientId, basic } = await newService(admin);
    const thief = await app.adminClient();
    const planted = await addSecret(thief, clientId, { name: 'backup' });
    const token = await machineToken(app.url, planted);
    expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(clientId);
    const answer = await revokeEverythingFrom(admin, sessionOf(thief));
    expect(answer.errors).toEqual([]);
    const [found, ...others] = (answer.data ?? {})['revokeEverythingFrom'].revoked;
    expect([found.kind, found.id, found.name, others]).toEqual(['client_secret', planted.id, 'backup', []]);
    expect(await viewerOf(app.client(), planted.basic)).toBe('CLIENT_INVALID');
    expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
    expect(await viewerOf(app.client(), basic)).toBe(clientId);
  });

  test('in the place of another is ended as well', async () => {
    const { clientId } = await newService(admin);
    const { id } = await addSecret(admin, clientId);
    const thief = await app.adminClient();
    const answer = await rotateClientSecret(thief, { clientSecretId: id, overlapSeconds: 0 });
    const { secret } = (answer.data ?? {})['rotateClientSecret'];
    await revokeEverythingFrom(admin, sessionOf(thief));
    expect(await viewerOf(app.client(), basicOf(clientId, secret))).toBe('CLIENT_INVALID');
  });

  test('does not come back when an account that the session made is enabled again', async () => {
    const thief = await app.adminClient();
    const { clientId, basic } = await newService(thief);
    await revokeEverythingFrom(admin, sessionOf(thief));
    expect((await updateServiceAccount(admin, { id: clientId, enabled: true })).errors).toEqual([]);
    expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
  });
});

test('a machine cannot reach by its token what its secret cannot', async () => {
  const { basic, clientId } = await newService(admin);
  const token = await machineToken(app.url, { basic });
  const { client } = await newPerson(app);
  const texts = [
    '{ users { edges { node { id } } } }',
    '{ sessions { edges { node { id } } } }',
    `mutation { revokeSession(input: { sessionId: "${sessionOf(client)}" }) { sessionId } }`,
    `mutation { updateServiceAccount(input: { id: "${clientId}", tokenTtlSeconds: 86400 }) {
      serviceAccount { id } } }`,
  ];
  for (const text of texts) {
    const answer = await app.client().send(text, {}, { authorization: `Bearer ${token}` });
    expect([text, ['FORBIDDEN', 'GRAPHQL_VALIDATION_FAILED'].includes(String(answer.code))]).toEqual([
      text,
      true,
    ]);
  }
});
