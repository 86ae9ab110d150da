import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { operations, run } from '../../support/operations.js';

const ISSUER = new URL('http://localhost:3000');

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const jwks = async (headers: Record<string, string> = {}) =>
  await app.client().fetch('/.well-known/jwks.json', { headers });

test('the JWKS holds public members only', async () => {
  const { keys } = (await (await jwks()).json()) as { keys: Record<string, string>[] };
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
  }
});

test('the JWKS may be kept for a minute, and costs nothing while it has not changed', async () => {
  const first = await jwks();
  expect(first.headers.get('content-type')).toContain('application/jwk-set+json');
  expect(first.headers.get('cache-control')).toBe('public, max-age=60');
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  const again = await jwks({ 'if-none-match': etag });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  expect(again.headers.get('cache-control')).toBe('public, max-age=60');
  expect((await jwks({ 'if-none-match': '"another"' })).status).toBe(200);
});

test('the JWKS has another ETag after a rotation', async () => {
  const before = (await jwks()).headers.get('etag') ?? '';
  await run(await app.adminClient(), operations.rotateSigningKey, { input: { overlapSeconds: 0 } });
  const after = await jwks({ 'if-none-match': before });
  expect([after.status, after.headers.get('etag') === before]).toEqual([200, false]);
});

test('the metadata names the endpoints that there are, and those work', async () => {
  const response = await app.client().fetch('/.well-known/oauth-authorization-server');
  expect(response.headers.get('content-type')).toContain('application/json');
  const metadata = (await response.json()) as Record<string, unknown>;
  expect(metadata).toMatchObject({
    issuer: 'http://localhost:3000',
    jwks_uri: 'http://localhost:3000/.well-known/jwks.json',
    introspection_endpoint: 'http://localhost:3000/auth/introspect',
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });
  for (const [name, value] of Object.entries(metadata)) {
    if (!name.endsWith('_endpoint') && !name.endsWith('_uri')) continue;
    const { status } = await app.client().fetch(new URL(String(value)).pathname);
    expect([name, status]).not.toEqual([name, 404]);
  }
});

/** As a resource server sees us: it knows the issuer, and reaches it through the network of the test. */
const options = {
  // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out; loopback needs it
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: async (url: string, init: object) =>
    await fetch(url.replace(ISSUER.origin, app.url), init),
};
const discover = async () =>
  await oauth.processDiscoveryResponse(
    ISSUER,
    await oauth.discoveryRequest(ISSUER, { ...options, algorithm: 'oauth2' }),
  );
const requestWith = (token: string | undefined) =>
  new Request('http://resource.example.com/', { headers: { authorization: `Bearer ${token}` } });

test.each([
  ['client_secret_basic', oauth.ClientSecretBasic],
  ['client_secret_post', oauth.ClientSecretPost],
])('a stranger’s OAuth library finds us by RFC 8414 and introspects with %s', async (_, authenticate) => {
  const server = await discover();
  const { clientId, clientSecret } = await newService(await app.adminClient());
  const client = { client_id: clientId };
  const ask = async (token: string) =>
    await oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, authenticate(clientSecret), token, options),
    );
  const person = await newPerson(app);
  expect(await ask(person.client.accessToken ?? '')).toMatchObject({
    active: true,
    sub: person.id,
    iss: server.issuer,
  });
  await person.client.send('mutation { logout { ok } }');
  expect(await ask(person.client.accessToken ?? '')).toEqual({ active: false });
});

test('a stranger’s OAuth library accepts our tokens as RFC 9068 has them, for their audience alone', async () => {
  const server = await discover();
  await run(await app.adminClient(), operations.registerAudience, {
    input: { identifier: 'urn:example:orders', description: '' },
  });
  const person = await newPerson(app);
  const client = app.client();
  await client.login({ email: person.email, password: PASSWORD, audience: 'urn:example:orders' });
  const validate = async (audience: string) =>
    await oauth.validateJwtAccessToken(server, requestWith(client.accessToken), audience, options);
  const claims = await validate('urn:example:orders');
  expect(claims).toMatchObject({ sub: person.id, aud: 'urn:example:orders', client_id: 'first-party' });
  await expect(validate('urn:example:stock')).rejects.toThrow(/aud/);
  await expect(validate(ISSUER.origin)).rejects.toThrow(/aud/);
});
