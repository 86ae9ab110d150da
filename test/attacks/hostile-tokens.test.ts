import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Person } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type HostileToken, hostileTokens } from '../support/hostile-tokens.js';
import { TAKEN_OR_FAILED, type TokenDoors, tokenDoors } from '../support/token-doors.js';

let app: TestApp;
let person: Person;
let doors: TokenDoors;
let tokens: HostileToken[];

beforeAll(async () => {
  app = await startTestApp();
  person = await newPerson(app);
  const { basic } = await newService(await app.adminClient());
  doors = tokenDoors(app, basic);
  const other = await newPerson(app);
  const { privateKey, kid } = await app.services.signingKeys.signer();
  const { keys } = await app.services.signingKeys.jwks();
  const jwk = keys.find((key) => key.kid === kid) ?? {};
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
  tokens = hostileTokens({
    genuine: person.client.accessToken ?? '',
    foreign: other.client.accessToken ?? '',
    jwk: { ...jwk },
    pem: pem.toString(),
    signingKey: privateKey,
  });
});
afterAll(() => app.close());

test('there are 178 tokens or more, each its own, and the genuine one is accepted by every consumer', async () => {
  expect(new Set(tokens.map(({ token }) => token)).size).toBeGreaterThanOrEqual(178);
  expect(new Set(tokens.map(({ name }) => name)).size).toBe(tokens.length);
  const genuine = person.client.accessToken ?? '';
  expect(await doors.validate(genuine)).toBe('200 ');
  expect(await doors.introspect(genuine)).toContain('"active":true');
  expect(await doors.askViewer(genuine)).toBe('200 ');
  expect(await doors.connect(genuine)).toBe('connected');
});

test('/auth/validate refuses each with 401 and a challenge', async () => {
  expect(await outcomes('validate')).toEqual(['401 invalid_token']);
});

test('/auth/introspect says of each exactly that it is not active', async () => {
  expect(await outcomes('introspect')).toEqual(['200 {"active":false}']);
});

test('GraphQL refuses each with 401 and a code', async () => {
  const refusals = ['401 SESSION_EXPIRED', '401 TOKEN_EXPIRED', '401 TOKEN_INVALID'];
  for (const outcome of await outcomes('askViewer')) expect(refusals).toContain(outcome);
});

test('the websocket closes with 4401 on each', async () => {
  expect(await outcomes('connect')).toEqual(['4401 Unauthorized']);
});

test('after all that, the genuine token is as good as before', async () => {
  expect(await doors.validate(person.client.accessToken ?? '')).toBe('200 ');
});

/** The different answers that all tokens together got; one that stands out is reported with its token. */
async function outcomes(door: keyof TokenDoors): Promise<string[]> {
  const found = new Map<string, string>();
  for (const { name, token } of tokens) {
    const outcome = await doors[door](token);
    if (!found.has(outcome)) found.set(outcome, name);
    expect(outcome, name).not.toMatch(TAKEN_OR_FAILED);
  }
  return [...found.keys()];
}
