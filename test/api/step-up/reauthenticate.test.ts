import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  anotherDevice,
  auditNamesOf,
  claimsOf,
  newPerson,
  newService,
  PASSWORD,
} from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { RawSocket } from '../../support/raw-socket.js';
import { detailsOf, reauthenticate, STALE_SECONDS } from '../../support/step-up.js';

const EXPORT = '{ exportMyData { sections { table } } }';
const REAUTHENTICATE =
  'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { authTime acr amr } }';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  const tokens = { accessTtlSeconds: 86_400 };
  app = await startTestApp({ clock, config: { tokens, rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('what was refused for an old sign-in is done when it is sent again with the same access token', async () => {
  const { client, id } = await newPerson(app);
  clock.advance(STALE_SECONDS);
  const stale = await client.send(EXPORT);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  expect(detailsOf(stale)).toEqual({ methods: [{ method: 'PASSWORD' }] });
  const answer = await reauthenticate(client, { password: PASSWORD });
  expect(answer.errors).toEqual([]);
  const authTime = clock.now().toISOString();
  expect(answer.data?.['reauthenticate']).toEqual({ authTime, acr: 'aal1', amr: ['pwd'] });
  expect((await client.send(EXPORT)).errors).toEqual([]);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('session.reauthenticated');
});

test('the next access token of the session says when that was; other sessions stay as old as they were', async () => {
  const person = await newPerson(app);
  const other = await anotherDevice(app, person);
  clock.advance(STALE_SECONDS);
  await reauthenticate(person.client, { password: PASSWORD });
  await person.client.refresh();
  const now = Math.floor(clock.now().getTime() / 1000);
  expect(claimsOf(person.client.accessToken)['auth_time']).toBe(now);
  expect((await other.send(EXPORT)).code).toBe('STEP_UP_REQUIRED');
});

test('the proof is too old again after AUTH_FRESH_AUTH_SECONDS', async () => {
  const { client } = await newPerson(app);
  clock.advance(STALE_SECONDS);
  await reauthenticate(client, { password: PASSWORD });
  clock.advance(899);
  expect((await client.send(EXPORT)).errors).toEqual([]);
  clock.advance(2);
  expect((await client.send(EXPORT)).code).toBe('STEP_UP_REQUIRED');
});

test('a wrong password proves nothing, is audited, and counts as a failed sign-in does', async () => {
  const { client, email, id } = await newPerson(app);
  clock.advance(STALE_SECONDS);
  const wrong = await reauthenticate(client, { password: 'not the password' });
  expect([wrong.status, wrong.code]).toEqual([401, 'PROOF_REFUSED']);
  expect((await client.send(EXPORT)).code).toBe('STEP_UP_REQUIRED');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('reauthentication.refused');
  for (let n = 1; n < app.services.config.lockout.threshold; n += 1) {
    await reauthenticate(client, { password: `wrong ${n}` });
  }
  const locked = await reauthenticate(client, { password: PASSWORD });
  expect([locked.status, locked.code]).toEqual([429, 'TOO_MANY_ATTEMPTS']);
  expect((await app.client().login({ email, password: PASSWORD })).code).toBe('TOO_MANY_ATTEMPTS');
});

test.each([
  ['nothing at all', {}],
  ['a password and a factor', { password: PASSWORD, kind: 'TOTP', code: '123456' }],
])('%s is no answer', async (_name, input) => {
  const answer = await reauthenticate((await newPerson(app)).client, input);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('a factor that the account does not have proves nothing', async () => {
  const { client } = await newPerson(app);
  for (const kind of ['TOTP', 'PASSKEY', 'EMAIL_CODE', 'RECOVERY_CODE']) {
    const answer = await reauthenticate(client, { kind, code: '123456' });
    expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
  }
});

test('only a user with a session has anything to prove again', async () => {
  const { basic } = await newService(await app.adminClient());
  const input = { password: PASSWORD };
  expect((await reauthenticate(app.client(), input)).code).toBe('UNAUTHENTICATED');
  expect((await reauthenticate(app.client(), input, { authorization: basic })).code).toBe('FORBIDDEN');
  const { client } = await newPerson(app);
  await client.send('mutation { logout { ok } }');
  expect((await reauthenticate(client, input)).code).toBe('SESSION_EXPIRED');
});

test('a browser with cookies proves it too, and nobody does it for its user from elsewhere', async () => {
  const { email } = await newPerson(app);
  const browser = new Browser(app.url);
  await browser.signIn({ email, password: PASSWORD });
  clock.advance(STALE_SECONDS);
  const forged = await reauthenticate(browser, { password: PASSWORD }, { 'x-csrf-token': 'forged' });
  expect([forged.status, forged.code]).toEqual([403, 'CSRF_REFUSED']);
  expect((await browser.send(EXPORT)).code).toBe('STEP_UP_REQUIRED');
  expect((await reauthenticate(browser, { password: PASSWORD })).errors).toEqual([]);
  expect((await browser.send(EXPORT)).errors).toEqual([]);
});

test('over a websocket it is asked for, given, and counts for the very next operation', async () => {
  const { client } = await newPerson(app);
  const params = { authorization: `Bearer ${client.accessToken}` };
  const socket = await RawSocket.open(app.url, { params });
  clock.advance(STALE_SECONDS);
  const stale = await socket.operate(EXPORT);
  expect(stale.code).toBe('STEP_UP_REQUIRED');
  expect(stale.errors[0]?.extensions?.['details']).toEqual({ methods: [{ method: 'PASSWORD' }] });
  const variables = { input: { password: PASSWORD } };
  expect((await socket.operate(REAUTHENTICATE, { variables })).errors).toEqual([]);
  expect((await socket.operate(EXPORT)).errors).toEqual([]);
  socket.close();
});

test('one document proves it once: guesses do not come in bundles', async () => {
  const { client } = await newPerson(app);
  const answer = await client.send(`mutation {
    a: reauthenticate(input: { password: "a" }) { acr } b: reauthenticate(input: { password: "b" }) { acr } }`);
  expect(answer.code).toBe('ONE_SENSITIVE_FIELD');
});
