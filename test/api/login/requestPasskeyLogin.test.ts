import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { addPasskey, loginOptions, loginWithPasskey } from '../../support/passkeys.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const REQUEST = 'mutation { requestPasskeyLogin { publicKey expiresAt } }';
const clock = new FakeClock();

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('whoever asks gets a challenge for any passkey that verifies its user, and each another one', async () => {
  const client = app.client();
  const { data } = await client.send(REQUEST);
  const { publicKey, expiresAt } = data?.['requestPasskeyLogin'] ?? {};
  expect(publicKey).toMatchObject({
    rpId: 'localhost',
    allowCredentials: [],
    userVerification: 'required',
    timeout: 300_000,
  });
  expect(Buffer.from(publicKey.challenge, 'base64url')).toHaveLength(32);
  expect(new Date(expiresAt).getTime()).toBe(clock.now().getTime() + 300_000);
  expect((await loginOptions(client)).challenge).not.toBe(publicKey.challenge);
});

test('one network asks so often a minute, and one document once', async () => {
  const client = app.client();
  const codes = new Set<string | undefined>();
  for (let n = 0; n < 125; n += 1) codes.add((await client.send(REQUEST)).code);
  expect(codes).toEqual(new Set([undefined, 'RATE_LIMITED']));
  const twice = 'mutation { a: requestPasskeyLogin { expiresAt } b: requestPasskeyLogin { expiresAt } }';
  expect((await client.send(twice)).code).toBe('ONE_SENSITIVE_FIELD');
});

test('where the operator wants no sign-in by a passkey alone there is none, and passkeys stay second factors', async () => {
  const passkeys = { login: false };
  const without = await startTestApp({ config: { rateLimits: generousLimits, passkeys } });
  try {
    const client = without.client();
    const asked = await client.send(REQUEST);
    expect([asked.status, asked.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
    const authenticator = new VirtualAuthenticator();
    const email = newAddress();
    await client.signUp({ email, password: PASSWORD });
    await client.login({ email, password: PASSWORD });
    await addPasskey(client, authenticator);
    const credential = authenticator.get({ challenge: 'x'.repeat(43), rpId: 'localhost' });
    const answer = await loginWithPasskey(without.client(), credential);
    expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
    const again = await without.client().login({ email, password: PASSWORD });
    expect(again.data?.['login'].__typename).toBe('SecondFactorRequired');
  } finally {
    await without.close();
  }
});
