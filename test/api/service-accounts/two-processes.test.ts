import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { databaseUrl } from '../../support/database-template.js';
import { describeNeeding } from '../../support/needs.js';
import {
  addSecret,
  basicOf,
  clientSecretsOf,
  disableServiceAccount,
  machineToken,
  newServiceAccount,
  openSocket,
  post,
  requestToken,
  revokeClientSecret,
  rotateClientSecret,
  updateServiceAccount,
  viewerOf,
} from '../../support/service-accounts.js';

/** The published bound, in milliseconds. */
const SOON = { timeout: 1_000, interval: 10 };

// Only there can be two processes.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)(
  'with two processes on Postgres',
  () => {
    let app: TestApp;
    let other: App;
    let admin: Client;
    beforeAll(async () => {
      app = await startTestApp();
      other = await startApp(app.services.config);
      admin = await app.adminClient();
    });
    afterAll(async () => {
      await other.close();
      await app.close();
    });

    const there = async (authorization: string) => await viewerOf(new Client(other.url), authorization);

    /** An account with a second secret and tokens of both, all of them known to the other process. */
    async function known() {
      const service = await newServiceAccount(admin);
      const second = await addSecret(admin, service.clientId);
      const token = await machineToken(app.url, second);
      const firstToken = await machineToken(other.url, service);
      for (const each of [service.basic, second.basic, `Bearer ${token}`, `Bearer ${firstToken}`]) {
        expect(await there(each)).toBe(service.clientId);
      }
      return { ...service, second, token: `Bearer ${token}`, firstToken: `Bearer ${firstToken}` };
    }

    test('a token of one is good at the other, and its end there is its end here', async () => {
      const { second, token, clientId } = await known();
      const [closed] = await openSocket(new Client(other.url), token);
      const form = { token: token.slice(7) };
      expect((await post(app.url, '/oauth/revoke', form, { authorization: second.basic })).status).toBe(200);
      await expect.poll(async () => await there(token), SOON).toBe('TOKEN_INVALID');
      expect(await closed).toBe(4401);
      expect(await there(second.basic)).toBe(clientId);
    });

    test('a secret that is ended at one ends at the other, with its token and both their sockets', async () => {
      const { second, token, firstToken, basic, clientId } = await known();
      const [byBasic] = await openSocket(new Client(other.url), second.basic);
      const [byToken] = await openSocket(new Client(other.url), token);
      expect((await revokeClientSecret(admin, second.id)).errors).toEqual([]);
      await expect.poll(async () => await there(second.basic), SOON).toBe('CLIENT_INVALID');
      await expect.poll(async () => await there(token), SOON).toBe('TOKEN_INVALID');
      expect((await requestToken(other.url, second)).json['error']).toBe('invalid_client');
      expect(await Promise.all([byBasic, byToken])).toEqual([4401, 4401]);
      expect([await there(basic), await there(firstToken)]).toEqual([clientId, clientId]);
    });

    test('so does one that is replaced without an overlap; with one, the end is known there as well', async () => {
      const { second, token, clientId } = await known();
      const answer = await rotateClientSecret(admin, { clientSecretId: second.id, overlapSeconds: 0 });
      await expect.poll(async () => await there(second.basic), SOON).toBe('CLIENT_INVALID');
      await expect.poll(async () => await there(token), SOON).toBe('TOKEN_INVALID');
      const { secret, clientSecret } = (answer.data ?? {})['rotateClientSecret'];
      const basic = basicOf(clientId, secret);
      expect(await there(basic)).toBe(clientId);
      const [closed] = await openSocket(new Client(other.url), basic);
      await rotateClientSecret(admin, { clientSecretId: clientSecret.id, overlapSeconds: 1 });
      expect(await closed).toBe(4401);
      expect(await there(basic)).toBe('CLIENT_INVALID');
    });

    test('an account that is disabled at one is nobody at the other, and enabled has no tokens of before', async () => {
      const { basic, token, firstToken, clientId } = await known();
      const [closed] = await openSocket(new Client(other.url), firstToken);
      await disableServiceAccount(admin, clientId);
      await expect.poll(async () => await there(basic), SOON).toBe('CLIENT_INVALID');
      await expect.poll(async () => await there(firstToken), SOON).toBe('TOKEN_INVALID');
      expect(await closed).toBe(4401);
      await updateServiceAccount(admin, { id: clientId, enabled: true });
      await expect.poll(async () => await there(basic), SOON).toBe(clientId);
      expect([await there(token), await there(firstToken)]).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID']);
    });

    test('tokens that are asked for while the account is disabled are none, or dead', async () => {
      const service = await newServiceAccount(admin);
      const asked = Array.from({ length: 20 }, async (_, n) =>
        requestToken(n % 2 === 0 ? app.url : other.url, service),
      );
      await Promise.all([disableServiceAccount(admin, service.clientId), ...asked]);
      await updateServiceAccount(admin, { id: service.clientId, enabled: true });
      const tokens = (await Promise.all(asked)).flatMap(({ json }) => json['access_token'] ?? []);
      for (const each of tokens) {
        expect(await viewerOf(app.client(), `Bearer ${each}`)).toBe('TOKEN_INVALID');
        await expect.poll(async () => await there(`Bearer ${each}`), SOON).toBe('TOKEN_INVALID');
      }
    });

    test('of rotations at both, one replaces the secret', async () => {
      const { second, clientId } = await known();
      const elsewhere = new Client(other.url);
      elsewhere.accessToken = admin.accessToken;
      const answers = await Promise.all(
        [admin, elsewhere, admin, elsewhere].map(async (client) =>
          rotateClientSecret(client, { clientSecretId: second.id }),
        ),
      );
      expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
      expect(await clientSecretsOf(admin, clientId)).toHaveLength(3);
    });
  },
);
