import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimsOf, newPerson, newService, type Person } from '../support/accounts.js';
import { forgedKey, newApiKey, type NewApiKey, partsOf } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { collectCredentials } from '../support/credential-doors.js';
import { generousLimits } from '../support/email-flows.js';
import { mixedClaims } from '../support/hostile-claims.js';
import { type Forge, type HostileToken, hostileTokens, signedByUs } from '../support/hostile-tokens.js';
import { machineToken } from '../support/service-accounts.js';
import { TAKEN_OR_FAILED, type TokenDoors, tokenDoors } from '../support/token-doors.js';

const clock = new FakeClock();
let app: TestApp;
let person: Person;
let doors: TokenDoors;
/** Genuine, of a service account that may list users; the narrow one of the same account was asked for nothing. */
let machine: { readonly token: string; readonly narrow: string; readonly other: string };

beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
  const admin = await app.adminClient();
  person = await newPerson(app);
  const asker = await newService(admin);
  const service = await newService(admin, { roles: ['system_admin'] });
  doors = tokenDoors(app, asker.basic);
  machine = {
    token: await machineToken(app.url, service),
    narrow: await machineToken(app.url, service, { scope: 'users:list' }),
    other: await machineToken(app.url, asker),
  };
});
afterAll(() => app.close());

/** What a forger works with who wants to pass for the holder of `genuine`. */
async function forgeOf(genuine: string, foreign: string): Promise<Forge> {
  const { privateKey, kid } = await app.services.signingKeys.signer();
  const { keys } = await app.services.signingKeys.jwks();
  const jwk = keys.find((key) => key.kid === kid) ?? {};
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
  return { genuine, foreign, jwk: { ...jwk }, pem: pem.toString(), signingKey: privateKey };
}

/** That each is refused at each door, with the words of that door, and that `genuine` is as good as before. */
async function expectRefused(tokens: readonly HostileToken[], genuine: string): Promise<void> {
  for (const [door, words] of refusals) {
    for (const { name, token } of tokens) {
      const outcome = await doors[door](token);
      expect(outcome, `${name} at ${door}`).not.toMatch(TAKEN_OR_FAILED);
      expect(outcome, `${name} at ${door}`).toMatch(words);
    }
    expect(await doors[door](genuine), `the genuine one at ${door}`).toMatch(TAKEN_OR_FAILED);
  }
}

const refusals = [
  ['validate', /^401 invalid_token$/],
  ['introspect', /^200 \{"active":false\}$/],
  ['askViewer', /^401 (?:SESSION_EXPIRED|TOKEN_EXPIRED|TOKEN_INVALID|API_KEY_INVALID|CREDENTIAL_INVALID)$/],
  ['connect', /^4401 Unauthorized$/],
] as const;

describe('the access token of a service account', () => {
  test('has more than a hundred forgeries; none is taken anywhere, and none fails', async () => {
    const tokens = hostileTokens(await forgeOf(machine.token, machine.other));
    expect(new Set(tokens.map(({ token }) => token)).size).toBeGreaterThan(200);
    await expectRefused(tokens, machine.token);
  });

  test('and that of a user do not mix, even by the signature of our own key', async () => {
    const user = claimsOf(person.client.accessToken);
    const variations = mixedClaims({
      user,
      machine: claimsOf(machine.token),
      other: claimsOf(machine.other),
    });
    const tokens = [
      ...signedByUs(await forgeOf(machine.token, machine.other), variations.ofMachine),
      ...signedByUs(await forgeOf(person.client.accessToken ?? '', machine.token), variations.ofUser),
    ];
    expect(tokens.length).toBeGreaterThan(30);
    await expectRefused(tokens, machine.token);
    expect(await doors.askViewer(person.client.accessToken ?? '')).toBe('200 ');
  });

  test('gives no more than its row says, whatever our own key signs into it', async () => {
    const claims = { scope: 'users:list users:read audit:read', roles: ['system_admin'], client_id: 'x' };
    const forge = await forgeOf(machine.narrow, machine.other);
    const [widened] = signedByUs(forge, [{ name: 'widened', claims }]);
    const headers = { authorization: `Bearer ${widened?.token}` };
    const answer = await app.client().send('{ viewer { permissions } }', {}, headers);
    expect(answer.data?.['viewer']).toEqual({ permissions: ['users:list'] });
    const asked = await app.client().send('{ auditEvents(first: 1) { edges { cursor } } }', {}, headers);
    expect(asked.code).toBe('FORBIDDEN');
    expect(await doors.introspect(widened?.token ?? '')).not.toContain('audit:read');
  });
});

describe('an API key', () => {
  let key: NewApiKey;
  beforeAll(async () => {
    key = await newApiKey(person.client);
  });

  test('with any character of any part changed is none, under a checksum that fits, too', async () => {
    const { id, secret } = partsOf(key);
    const checksum = key.secret.slice(-8);
    const whole = key.secret.slice(0, -8);
    const changed = [
      ...changes(id, '0123456789abcdef').map((each) => forgedKey({ id: each, secret })),
      ...changes(secret, 'ABCDEFabcdef0123-_').map((each) => forgedKey({ id, secret: each })),
      ...changes(checksum, '0123456789abcdef').map((each) => whole + each),
      ...changes('test', 'abcdefghij').map((environment) => forgedKey({ environment, id, secret })),
      ...changes('lk_', 'xyz').map((prefix) => prefix + key.secret.slice(3)),
    ];
    expect(new Set(changed).size).toBeGreaterThan(85);
    const tokens = changed.map((token, n) => ({ name: `change ${n}: ${token}`, token }));
    await expectRefused(tokens, key.secret);
  });
});

test('each of twelve kinds of credentials is taken at its own doors and at no other of nineteen', async () => {
  const { credentials, doors: all } = await collectCredentials(app, clock);
  const taken: string[] = [];
  const failed: string[] = [];
  for (const [at, show] of Object.entries(all)) {
    for (const [kind, credential] of Object.entries(credentials)) {
      const outcome = await show(credential);
      if (outcome === 'taken') taken.push(`${kind} at ${at}`);
      if (outcome.startsWith('failed')) failed.push(`${kind} at ${at}: ${outcome}`);
    }
  }
  expect([Object.keys(credentials).length, Object.keys(all).length]).toEqual([12, 19]);
  expect(failed).toEqual([]);
  expect(taken.toSorted()).toEqual(
    [
      ...[
        'GraphQL, as a Bearer token',
        '/auth/validate, as a Bearer token',
        '/auth/introspect',
        'websocket',
      ].flatMap((at) =>
        ['access token', 'access token of a machine', 'API key'].map((kind) => `${kind} at ${at}`),
      ),
      'API key at GraphQL, as X-API-Key',
      'API key at /auth/validate, as X-API-Key',
      // Which uses it up: nothing is left of it for `consumeActionToken`.
      'action token at /auth/introspect',
      'client secret at /oauth/token, by Basic',
      'client secret at /oauth/token, in the form',
      'CSRF token at X-CSRF-Token',
      'attempt token at challengeSecondFactor',
      'reset link at passwordResetStatus',
      'refresh token at refreshSession',
      'verification link at verifyEmail',
      'reset link at resetPassword',
    ].toSorted(),
  );
});

/** The text with each of its characters changed in turn. */
function changes(text: string, alphabet: string): string[] {
  return [...text].map((character, at) => {
    const other = [...alphabet].find((each) => each !== character) ?? '';
    return text.slice(0, at) + other + text.slice(at + 1);
  });
}
