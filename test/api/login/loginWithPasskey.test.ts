import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import {
  addPasskey,
  loginOptions,
  loginWithPasskey,
  newPasskeyPerson,
  signInByPasskey,
} from '../../support/passkeys.js';
import { type CeremonyAnswer, FLAGS, VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('a passkey that verifies its user signs in alone, as two factors, and the session says by which', async () => {
  const { authenticator, id, email, factorId } = await newPasskeyPerson(app);
  const client = app.client();
  const { answer } = await signInByPasskey(client, authenticator);
  expect(answer.data?.['loginWithPasskey']).toMatchObject({
    __typename: 'LoginSucceeded',
    user: { id, email },
  });
  const claims = claimsOf(client.accessToken);
  expect(claims).toMatchObject({ acr: 'aal2', amr: ['hwk', 'user', 'mfa'] });
  const [session] = await sql(app, 'select * from sessions where id = ?', [claims.sid]);
  expect(session).toMatchObject({ method: 'passkey', opened_with: [`passkey:${factorId}`] });
  expect(session?.['created_by_session_id']).not.toBeNull();
  const [passkey] = await sql(app, 'select last_used_at, counter from passkeys where id = ?', [factorId]);
  expect(passkey?.['last_used_at']).not.toBeNull();
  expect(Number(passkey?.['counter'])).toBe(1);
  // Fresh, as nothing was left to prove.
  await addPasskey(client, new VirtualAuthenticator());
});

test('a passkey that may be copied is not said to be hardware', async () => {
  const copied = new VirtualAuthenticator({ copies: true });
  const { authenticator } = await newPasskeyPerson(app, copied);
  const client = app.client();
  await signInByPasskey(client, authenticator);
  expect(claimsOf(client.accessToken)['amr']).toEqual(['swk', 'user', 'mfa']);
});

test('an authenticator that keeps no counter signs in again and again', async () => {
  const { authenticator } = await newPasskeyPerson(app, new VirtualAuthenticator({ counts: false }));
  for (let n = 0; n < 3; n += 1) {
    expect((await signInByPasskey(app.client(), authenticator)).answer.errors).toEqual([]);
  }
});

test('one that did not verify its user is no sign-in, however the passkey was registered', async () => {
  const { authenticator } = await newPasskeyPerson(app);
  const now = await signInByPasskey(app.client(), authenticator, { without: FLAGS.verified });
  expect([now.answer.status, now.answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  // A bare security key that was found, and given a PIN by its finder.
  const bare = new VirtualAuthenticator({ verifies: false });
  const { authenticator: found } = await newPasskeyPerson(app, bare);
  const withPin = new VirtualAuthenticator();
  withPin.credentials.push(...found.credentials);
  const later = await signInByPasskey(app.client(), withPin);
  expect([later.answer.status, later.answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
});

test('with cookies, the tokens go into them and nowhere else', async () => {
  const { authenticator } = await newPasskeyPerson(app);
  const browser = new Browser(app.url);
  const credential = authenticator.get(await loginOptions(browser));
  const { data, errors } = await browser.send(
    `mutation ($input: LoginWithPasskeyInput!) { loginWithPasskey(input: $input) {
      ... on LoginSucceeded { csrfToken tokens { accessToken } } } }`,
    { input: { credential, transport: 'COOKIE' } },
  );
  expect(errors).toEqual([]);
  expect(data?.['loginWithPasskey']).toEqual({ csrfToken: expect.any(String), tokens: null });
  expect(browser.cookie('access')).toBeDefined();
});

test('a removed passkey signs nobody in, and neither does that of a deactivated account', async () => {
  const removed = await newPasskeyPerson(app);
  await sql(app, 'delete from passkeys where id = ?', [removed.factorId]);
  const gone = await signInByPasskey(app.client(), removed.authenticator);
  expect([gone.answer.status, gone.answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  const closed = await newPasskeyPerson(app);
  const admin = await app.adminClient();
  const deactivated = await admin.send(
    'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { user { id } } }',
    { input: { userId: closed.id, reason: 'left' } },
  );
  expect(deactivated.errors).toEqual([]);
  const refused = await signInByPasskey(app.client(), closed.authenticator);
  expect([refused.answer.status, refused.answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  expect(await auditNamesOf(admin, closed.id)).toContain('login.failed');
});

test('an account that was locked by wrong passwords is not opened by its passkey from the same place', async () => {
  const { authenticator, email } = await newPasskeyPerson(app);
  const guesser = app.client();
  for (let n = 0; n < 10; n += 1) await guesser.login({ email, password: `${PASSWORD} ${n}` });
  const { answer } = await signInByPasskey(app.client(), authenticator);
  expect([answer.status, answer.code]).toEqual([429, 'TOO_MANY_ATTEMPTS']);
});

const clientDataOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const NONE: [string, (right: CeremonyAnswer) => object][] = [
  ['nothing', () => ({})],
  ['numbers', () => ({ id: 5, response: 5 })],
  ['an id alone', ({ id }) => ({ id })],
  ['no response', (right) => ({ ...right, response: null })],
  ['a list for a response', (right) => ({ ...right, response: [] })],
  ['an empty response', (right) => ({ ...right, response: {} })],
  ['an object for an id', (right) => ({ ...right, id: { $ne: null } })],
  ['an endless id', (right) => ({ ...right, id: 'x'.repeat(30_000) })],
  ['an object for a type', (right) => ({ ...right, type: { toString: 1 } })],
  ['client data that is no base64', (right) => withClientData(right, 'no base64 %')],
  [
    'an object for a user',
    (right) => ({ ...right, response: { ...right.response, userHandle: { $ne: 1 } } }),
  ],
  ...[null, 5, 'x', [], {}, { challenge: {} }, { challenge: 'x'.repeat(5000) }].map(
    (value): [string, (right: CeremonyAnswer) => object] => [
      `client data that is ${JSON.stringify(value).slice(0, 20)}`,
      (right) => withClientData(right, clientDataOf(value)),
    ],
  ),
];

test.each(NONE)('an answer that is none is refused as a wrong one is: %s', async (_name, bend) => {
  const { authenticator } = await newPasskeyPerson(app);
  const right = authenticator.get(await loginOptions(app.client()));
  const answer = await loginWithPasskey(app.client(), bend(right));
  expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
});

function withClientData(answer: CeremonyAnswer, clientDataJSON: string): object {
  return { ...answer, response: { ...answer.response, clientDataJSON } };
}
