import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Service } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { machineToken, newServiceAccount } from '../../support/service-accounts.js';
import { operations, run } from '../../support/operations.js';

const ISSUER = new URL('http://localhost:3000');
const ORDERS = 'https://orders.example.com';

let app: TestApp;
let admin: Client;
let service: Service;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  await run(admin, operations.registerAudience, { input: { identifier: ORDERS, description: '' } });
  service = await newServiceAccount(admin, { allowedAudiences: [ISSUER.origin, ORDERS] });
});
afterAll(async () => await app.close());

/** Strangers know the issuer alone, and reach it through the network of the test. */
const reach = async (url: string | URL, init?: object) =>
  await fetch(String(url).replace(ISSUER.origin, app.url), init);

describe.each([
  ['client_secret_basic', client.ClientSecretBasic],
  ['client_secret_post', client.ClientSecretPost],
])('a client library of strangers with %s', (_, authenticate) => {
  const discover = async () =>
    await client.discovery(ISSUER, service.clientId, undefined, authenticate(service.clientSecret), {
      algorithm: 'oauth2',
      // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out; loopback needs it
      execute: [client.allowInsecureRequests],
      [client.customFetch]: async (url, init) => await reach(url, init),
    });

  test('finds us, gets a token, sees that it is active, ends it and sees that it is not', async () => {
    const server = await discover();
    const tokens = await client.clientCredentialsGrant(server, { scope: 'tokens:introspect' });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'tokens:introspect' });
    const introspect = async () => await client.tokenIntrospection(server, tokens.access_token);
    expect(await introspect()).toMatchObject({
      active: true,
      sub: service.clientId,
      client_id: service.clientId,
      scope: 'tokens:introspect',
      aud: ISSUER.origin,
    });
    await client.tokenRevocation(server, tokens.access_token);
    expect(await introspect()).toEqual({ active: false });
  });

  test('is told in the words of the RFCs what it may not have', async () => {
    const server = await discover();
    const refused = async (parameters: Record<string, string>) =>
      await client
        .clientCredentialsGrant(server, parameters)
        .catch((error: unknown) => (error as { error: string }).error);
    expect(await refused({ scope: 'roles:manage' })).toBe('invalid_scope');
    expect(await refused({ resource: 'https://elsewhere.example.com' })).toBe('invalid_target');
  });
});

describe('a strict reader of RFC 9068', () => {
  const options = {
    // oxlint-disable-next-line typescript/no-deprecated -- as above
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (url: string, init: object) => await reach(url, init),
  };
  const validate = async (token: string, audience: string) => {
    const server = await oauth.processDiscoveryResponse(
      ISSUER,
      await oauth.discoveryRequest(ISSUER, { ...options, algorithm: 'oauth2' }),
    );
    const request = new Request(ORDERS, { headers: { authorization: `Bearer ${token}` } });
    return await oauth.validateJwtAccessToken(server, request, audience, options);
  };

  test('accepts a machine’s token for its audience, and for no other', async () => {
    const token = await machineToken(app.url, service, { resource: ORDERS });
    const claims = await validate(token, ORDERS);
    expect(claims).toMatchObject({ sub: service.clientId, client_id: service.clientId, aud: ORDERS });
    await expect(validate(token, ISSUER.origin)).rejects.toThrow(/aud/);
  });

  test('accepts a user’s token likewise', async () => {
    const { client: person } = await newPerson(app);
    expect(await validate(person.accessToken ?? '', ISSUER.origin)).toMatchObject({ sub: person.userId });
    await expect(validate(person.accessToken ?? '', ORDERS)).rejects.toThrow(/aud/);
  });
});
