import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';

const HOUR = 3_600;
const REPLAY_WINDOW_SECONDS = 10;

let app: TestApp;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  app = await startTestApp({ clock });
});
afterEach(async () => await app.close());

const signedIn = async (): Promise<Client> => {
  const client = app.client();
  expect((await client.login(ADMIN)).code).toBeUndefined();
  return client;
};
const statusOf = async (client: Client): Promise<number> => (await client.fetch('/auth/validate')).status;
const revoke = async (client: Client): Promise<void> => {
  expect((await client.send('mutation { logout { ok } }')).data?.['logout'].ok).toBe(true);
};

test('set back an hour, tokens that say they come from the future are refused until their time has come', async () => {
  const client = await signedIn();
  expect(await statusOf(client)).toBe(200);
  clock.advance(-HOUR);
  expect(await statusOf(client)).toBe(401);
  expect((await client.send('{ viewer { id } }')).code).toBe('TOKEN_INVALID');
  clock.advance(HOUR);
  expect(await statusOf(client)).toBe(200);
});

test('set back by less than a minute, as clocks of two machines differ, tokens stay good', async () => {
  const client = await signedIn();
  clock.advance(-50);
  expect(await statusOf(client)).toBe(200);
});

test('set forward an hour, access tokens are expired and sessions are not', async () => {
  const client = await signedIn();
  clock.advance(HOUR);
  expect((await client.send('{ viewer { id } }')).code).toBe('TOKEN_EXPIRED');
  expect((await client.refresh()).code).toBeUndefined();
  expect(await statusOf(client)).toBe(200);
});

test.each([-HOUR, HOUR])('set by %i seconds, nothing that was revoked comes back', async (seconds) => {
  const client = await signedIn();
  const other = await signedIn();
  await revoke(client);
  clock.advance(seconds);
  expect(await statusOf(client)).toBe(401);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  clock.advance(-seconds);
  expect(await statusOf(client)).toBe(401);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
  // It was the revocation and not the clock.
  expect(await statusOf(other)).toBe(200);
});

test('set forward an hour, a spent refresh token is outside of its replay window and ends the family', async () => {
  const client = await signedIn();
  const spent = client.refreshToken;
  await client.refresh();
  clock.advance(HOUR);
  expect((await client.refresh(spent)).code).toBe('REFRESH_REUSED');
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('set back an hour, the replay window of a spent refresh token is not reopened', async () => {
  const client = await signedIn();
  const spent = client.refreshToken;
  await client.refresh();
  clock.advance(REPLAY_WINDOW_SECONDS + 1);
  clock.advance(-HOUR);
  expect((await client.refresh(spent)).code).toBe('REFRESH_REUSED');
  clock.advance(HOUR);
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('set back an hour, who signed in before can sign in again', async () => {
  await signedIn();
  clock.advance(-HOUR);
  await signedIn();
});

test('an old signing key is refused when its overlap is over, also for tokens that were seen before', async () => {
  const client = await signedIn();
  clock.advance(600);
  const fresh = await signedIn();
  const { code } = await fresh.send(
    'mutation { rotateSigningKey(input: { overlapSeconds: 60 }) { signingKey { id } } }',
  );
  expect(code).toBeUndefined();
  expect(await statusOf(fresh)).toBe(200);
  clock.advance(61);
  expect(await statusOf(fresh)).toBe(401);
  expect(await statusOf(client)).toBe(401);
});
