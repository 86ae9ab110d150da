import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import {
  addSecret,
  basicOf,
  clientSecretsOf,
  machineToken,
  newServiceAccount,
  openSocket,
  requestToken,
  rotateClientSecret,
  viewerOf,
} from '../../support/service-accounts.js';
import { STALE_SECONDS } from '../../support/step-up.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const afterSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000).toISOString();

/** An account, and its first secret. */
async function newAccount() {
  const service = await newServiceAccount(admin);
  const [first] = await clientSecretsOf(admin, service.clientId);
  return { ...service, secretId: first?.id ?? '' };
}

async function rotated(clientSecretId: string, input: object = {}) {
  const answer = await rotateClientSecret(admin, { clientSecretId, ...input });
  expect(answer.errors).toEqual([]);
  return answer.data?.['rotateClientSecret'];
}

test('the new secret works at once, the old one until the overlap is over, and its tokens no longer', async () => {
  const { clientId, basic, secretId } = await newAccount();
  expect(await viewerOf(app.client(), basic)).toBe(clientId);
  const { secret, clientSecret } = await rotated(secretId.toUpperCase(), { overlapSeconds: 600 });
  expect(clientSecret).toMatchObject({ name: 'first', rotatedFromId: secretId, expiresAt: null });
  expect(clientSecret.id).not.toBe(secretId);
  const fresh = basicOf(clientId, secret);
  expect([await viewerOf(app.client(), fresh), await viewerOf(app.client(), basic)]).toEqual([
    clientId,
    clientId,
  ]);
  const answer = await requestToken(app.url, { basic });
  expect(answer.json['expires_in']).toBe(600);
  clock.advance(599);
  expect(await viewerOf(app.client(), basic)).toBe(clientId);
  expect(await viewerOf(app.client(), `Bearer ${answer.json['access_token']}`)).toBe(clientId);
  clock.advance(1);
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
  expect((await requestToken(app.url, { basic })).json['error']).toBe('invalid_client');
  expect(await viewerOf(app.client(), fresh)).toBe(clientId);
});

test('a token of before ends with the old secret, however long it was good for', async () => {
  const { clientId, basic, secretId } = await newAccount();
  const token = await machineToken(app.url, { basic });
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(clientId);
  await rotated(secretId, { overlapSeconds: 60 });
  clock.advance(59);
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(clientId);
  clock.advance(1);
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
});

test('without an overlap the old secret, its tokens and its sockets end at once', async () => {
  const { clientId, basic, secretId } = await newAccount();
  const token = await machineToken(app.url, { basic });
  const [byBasic] = await openSocket(app.client(), basic);
  const [byToken] = await openSocket(app.client(), `Bearer ${token}`);
  const { secret } = await rotated(secretId, { overlapSeconds: 0 });
  expect(await viewerOf(app.client(), basic)).toBe('CLIENT_INVALID');
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe('TOKEN_INVALID');
  expect(await Promise.all([byBasic, byToken])).toEqual([4401, 4401]);
  expect(await viewerOf(app.client(), basicOf(clientId, secret))).toBe(clientId);
});

test('a secret that expires sooner than the overlap is given no longer', async () => {
  const { clientId } = await newAccount();
  const old = await addSecret(admin, clientId, { expiresInDays: 1 });
  const { clientSecret } = await rotated(old.id, { overlapSeconds: 7 * DAY, expiresInDays: 90 });
  expect(clientSecret.expiresAt).toBe(afterSeconds(90 * DAY));
  const listed = await clientSecretsOf(admin, clientId);
  expect(listed.find(({ id }) => id === old.id)?.expiresAt).toBe(afterSeconds(DAY));
});

test('an overlap is a day unless somebody says otherwise', async () => {
  const { clientId, secretId } = await newAccount();
  await rotated(secretId);
  const listed = await clientSecretsOf(admin, clientId);
  expect(listed.find(({ id }) => id === secretId)?.expiresAt).toBe(afterSeconds(DAY));
});

test('of many at once, one replaces the secret, and none does again', async () => {
  const { clientId, secretId } = await newAccount();
  const answers = await Promise.all(
    [1, 2, 3, 4].map(async () => await rotateClientSecret(admin, { clientSecretId: secretId })),
  );
  const codes = answers.map(({ code }) => code ?? 'replaced').toSorted();
  expect(codes).toEqual([...Array.from({ length: 3 }, () => 'CLIENT_SECRET_REPLACED'), 'replaced']);
  expect(await clientSecretsOf(admin, clientId)).toHaveLength(2);
});

test('what has ended or never was is not replaced', async () => {
  const { clientId } = await newAccount();
  const brief = await addSecret(admin, clientId, { expiresInDays: 1 });
  clock.advance(DAY);
  admin = await app.adminClient();
  for (const clientSecretId of [brief.id, '01890000-0000-7000-8000-000000000000']) {
    const answer = await rotateClientSecret(admin, { clientSecretId });
    expect([answer.status, answer.code]).toEqual([404, 'CLIENT_SECRET_NOT_FOUND']);
  }
});

test('an overlap, or a life, of another length is not valid', async () => {
  const { secretId: clientSecretId } = await newAccount();
  for (const input of [
    { overlapSeconds: -1 },
    { overlapSeconds: 604_801 },
    { expiresInDays: 0 },
    { expiresInDays: 3651 },
  ]) {
    expect((await rotateClientSecret(admin, { clientSecretId, ...input })).code).toBe('INVALID_INPUT');
  }
});

test('both secrets and their story are audited, without a secret', async () => {
  const { secretId } = await newAccount();
  const { secret, clientSecret } = await rotated(secretId);
  const rows = await sql(app, `select name, payload from audit_events where payload::text like ?`, [
    `%${String(clientSecret.id)}%`,
  ]);
  expect(rows.map(({ name }) => String(name)).toSorted()).toEqual([
    'client_secret.created',
    'client_secret.rotated',
  ]);
  const stored = JSON.stringify([
    await sql(app, 'select * from client_secrets'),
    await sql(app, 'select * from audit_events'),
    await sql(app, 'select * from event_log'),
  ]);
  expect(stored).not.toContain(secret.slice(4));
});

test('it takes the permission, a fresh proof, and all that the account may do', async () => {
  const { secretId: clientSecretId, basic } = await newAccount();
  const [{ client }, weak] = [
    await newPerson(app),
    await newDelegate(app, admin, ['service_accounts:modify']),
  ];
  const ask = async (who: Client, headers = {}) => await rotateClientSecret(who, { clientSecretId }, headers);
  expect((await ask(client)).code).toBe('FORBIDDEN');
  expect((await ask(app.client())).code).toBe('UNAUTHENTICATED');
  expect((await ask(app.client(), { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await ask(weak.client)).code).toBe('USER_TOO_POWERFUL');
  clock.advance(STALE_SECONDS);
  await admin.refresh();
  expect((await ask(admin)).code).toBe('STEP_UP_REQUIRED');
  admin = await app.adminClient();
});
