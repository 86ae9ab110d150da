import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newService, type Service } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import {
  machineToken,
  newServiceAccount,
  post,
  requestToken,
  viewerOf,
} from '../../support/service-accounts.js';

const OWN = 'http://localhost:3000';

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
let service: Service;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  service = await newService(admin);
});
afterAll(async () => await app.close());

test('a client secret gets an access token as RFC 6749 and RFC 9068 have it', async () => {
  const { status, headers, json } = await requestToken(app.url, service);
  expect(status).toBe(200);
  expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  expect(json).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'sessions:watch tokens:introspect',
  });
  const claims = claimsOf(json['access_token']);
  const iat = Math.floor(clock.now().getTime() / 1000);
  expect(claims).toEqual({
    iss: OWN,
    sub: service.clientId,
    client_id: service.clientId,
    aud: OWN,
    iat,
    exp: iat + 3600,
    jti: expect.any(String),
    scope: 'sessions:watch tokens:introspect',
    roles: ['resource_server'],
  });
});

test('the token is who it was issued to, on this API', async () => {
  const token = await machineToken(app.url, service);
  expect(await viewerOf(app.client(), `Bearer ${token}`)).toBe(service.clientId);
});
