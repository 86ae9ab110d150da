import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { SigningKeyService } from '../../../src/features/signing-keys/signing-key.service.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

let app: TestApp;
afterEach(async () => await app.close());

/** What a service does that only knows the JWKS. */
async function verifyElsewhere({ accessToken = '' }: Client) {
  const jwks = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`), { [customFetch]: fetch });
  return await jwtVerify(accessToken, jwks, { issuer: 'http://localhost:3000', typ: 'at+jwt' });
}

async function publishedKinds(): Promise<string[]> {
  const response = await app.client().fetch('/.well-known/jwks.json');
  const { keys } = (await response.json()) as { keys: { alg: string }[] };
  return keys.map(({ alg }) => alg);
}

test.each([
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['RS256', { kty: 'RSA', e: 'AQAB' }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
] as const)(
  'with AUTH_SIGNING_ALGORITHM=%s tokens are signed so, and anybody can verify them',
  async (algorithm, key) => {
    app = await startTestApp({ config: { signing: { algorithm } } });
    const client = await app.adminClient();
    const { protectedHeader, payload } = await verifyElsewhere(client);
    expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
    expect(payload.sub).toBe(client.userId);
    const { keys } = (await (await client.fetch('/.well-known/jwks.json')).json()) as { keys: object[] };
    for (const published of keys) expect(published).toMatchObject({ ...key, alg: algorithm, use: 'sig' });
    expect((await client.fetch('/auth/validate')).status).toBe(200);
  },
);

test('after a change of the setting the next key is of the new kind, and tokens of the old one live on', async () => {
  const clock = new FakeClock();
  app = await startTestApp({ clock });
  const before = await newPerson(app);
  // A process that starts on the same database with another setting.
  const restarted = new SigningKeyService({
    ...app.services,
    settings: { ...app.services.config.signing, algorithm: 'EdDSA' },
    tokenTtlSeconds: 900,
  });
  await restarted.ensureKeys();
  const kinds = async () => await sql(app, 'select algorithm, status from signing_keys order by id desc');
  expect(await kinds()).toEqual([
    { algorithm: 'EdDSA', status: 'next' },
    { algorithm: 'ES256', status: 'active' },
  ]);
  expect(await publishedKinds()).toEqual(['ES256', 'ES256']);
  const time = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(time + 20_000);
  // The process that was running before publishes the new key long before it may sign.
  expect(await publishedKinds()).toEqual(['EdDSA', 'ES256']);
  vi.restoreAllMocks();
  clock.advance(301);
  await restarted.rotate(systemCaller());
  const after = await newPerson(app);
  expect(decodeProtectedHeader(after.client.accessToken ?? '').alg).toBe('EdDSA');
  expect((await verifyElsewhere(after.client)).payload.sub).toBe(after.id);
  expect((await verifyElsewhere(before.client)).payload.sub).toBe(before.id);
  expect((await before.client.fetch('/auth/validate')).status).toBe(200);
});

test('starting again with the same setting changes no key', async () => {
  app = await startTestApp();
  const keys = async () => await sql(app, 'select id, status from signing_keys order by id');
  const before = await keys();
  await app.services.signingKeys.ensureKeys();
  expect(await keys()).toEqual(before);
});

test('the private keys are sealed: the database alone signs nothing', async () => {
  app = await startTestApp();
  const rows = await sql(app, 'select * from signing_keys');
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    expect(Object.keys(Object(row['public_jwk'])).toSorted()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ]);
    expect(String(row['private_jwk_sealed'])).not.toMatch(/"d"|kty/);
  }
});

test('a key that is old enough is rotated by itself, and retired keys are removed', async () => {
  const clock = new FakeClock();
  app = await startTestApp({ clock, config: { signing: { rotationSeconds: 3_600 } } });
  const statuses = async () =>
    (await sql(app, 'select status from signing_keys order by id desc')).map(({ status }) => status);
  clock.advance(3_599);
  await app.services.signingKeys.keepFresh();
  expect(await statuses()).toEqual(['next', 'active']);
  clock.advance(1);
  await app.services.signingKeys.keepFresh();
  expect(await statuses()).toEqual(['next', 'active', 'retiring']);
  clock.advance(900);
  await app.services.signingKeys.keepFresh();
  expect(await statuses()).toEqual(['next', 'active']);
});
