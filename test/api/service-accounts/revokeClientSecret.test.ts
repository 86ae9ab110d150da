import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import {
  addSecret,
  clientSecretsOf,
  machineToken,
  newServiceAccount,
  openSocket,
  requestToken,
  revokeClientSecret,
  viewerOf,
} from '../../support/service-accounts.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('the secret, its tokens and the sockets of both end at once, and nothing else does', async () => {
  const { clientId, basic: other } = await newServiceAccount(admin);
  const doomed = await addSecret(admin, clientId);
  const [token, otherToken] = [
    await machineToken(app.url, doomed),
    await machineToken(app.url, { basic: other }),
  ];
  const comers = [doomed.basic, `Bearer ${token}`, other, `Bearer ${otherToken}`];
  const comeAs = async () =>
    await Promise.all(comers.map(async (each) => await viewerOf(app.client(), each)));
  expect(await comeAs()).toEqual([clientId, clientId, clientId, clientId]);
  const [byBasic] = await openSocket(app.client(), doomed.basic);
  const [byToken] = await openSocket(app.client(), `Bearer ${token}`);
  const [byOther] = await openSocket(app.client(), `Bearer ${otherToken}`);
  expect((await revokeClientSecret(admin, doomed.id.toUpperCase())).errors).toEqual([]);
  expect(await comeAs()).toEqual(['CLIENT_INVALID', 'TOKEN_INVALID', clientId, clientId]);
  expect((await requestToken(app.url, doomed)).json['error']).toBe('invalid_client');
  expect(await Promise.all([byBasic, byToken])).toEqual([4401, 4401]);
  expect(await Promise.race([byOther, Promise.resolve('open')])).toBe('open');
  expect((await clientSecretsOf(admin, clientId)).map(({ name }) => name)).toEqual(['first']);
});

test('what has ended, or never was, is not found, and the end is audited once', async () => {
  const { clientId } = await newServiceAccount(admin);
  const { id } = await addSecret(admin, clientId);
  const answers = await Promise.all([1, 2, 3].map(async () => await revokeClientSecret(admin, id)));
  expect(answers.map(({ code }) => code ?? 'ended').toSorted()).toEqual([
    'CLIENT_SECRET_NOT_FOUND',
    'CLIENT_SECRET_NOT_FOUND',
    'ended',
  ]);
  const missing = await revokeClientSecret(admin, '01890000-0000-7000-8000-000000000000');
  expect([missing.status, missing.code]).toEqual([404, 'CLIENT_SECRET_NOT_FOUND']);
  const rows = await sql(app, 'select name, payload from audit_events where subject_id = ?', [id]);
  expect(rows).toEqual([
    { name: 'client_secret.revoked', payload: { serviceAccountId: clientId, reason: 'revoked' } },
  ]);
});

test('it takes the permission, and all that the account may do', async () => {
  const { clientId, basic } = await newServiceAccount(admin);
  const { id, basic: second } = await addSecret(admin, clientId);
  const { client } = await newPerson(app);
  const weak = await newDelegate(app, admin, ['service_accounts:modify']);
  expect((await revokeClientSecret(client, id)).code).toBe('FORBIDDEN');
  expect((await revokeClientSecret(app.client(), id)).code).toBe('UNAUTHENTICATED');
  expect((await revokeClientSecret(app.client(), id, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await revokeClientSecret(weak.client, id)).code).toBe('USER_TOO_POWERFUL');
  expect(await viewerOf(app.client(), second)).toBe(clientId);
});
