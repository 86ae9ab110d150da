import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newPerson, PASSWORD, type Person } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { Browser } from '../../support/browser.js';
import { generousLimits } from '../../support/email-flows.js';
import {
  addPasskey,
  challengePasskey,
  enrolPasskey,
  newPasskeyPerson,
  verifyPasskey,
} from '../../support/passkeys.js';
import { reauthenticate } from '../../support/step-up.js';
import { FLAGS, VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** The first step of a sign-in, on a device of its own. */
async function begin({ email }: Person): Promise<{ client: Browser; attemptToken: string }> {
  const client = new Browser(app.url);
  const { data } = await client.send(
    `mutation ($input: LoginInput!) { login(input: $input) { __typename
      ... on SecondFactorRequired { attemptToken factors { kind name } } } }`,
    { input: { email, password: PASSWORD } },
  );
  const { __typename, attemptToken, factors } = data?.['login'] ?? {};
  expect(__typename).toBe('SecondFactorRequired');
  expect(factors).toContainEqual({ kind: 'PASSKEY', name: null });
  return { client, attemptToken };
}

test('after the password, any passkey of the account completes the sign-in, with a PIN or without', async () => {
  const person = await newPasskeyPerson(app, new VirtualAuthenticator({ verifies: false }));
  const { client, attemptToken } = await begin(person);
  const options = await challengePasskey(client, attemptToken);
  expect(options.allowCredentials).toMatchObject([{ id: person.authenticator.credentials[0]?.id }]);
  const answer = await verifyPasskey(client, attemptToken, person.authenticator.get(options));
  expect(answer.errors).toEqual([]);
  expect(answer.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
  expect(claimsOf(client.accessToken)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'hwk', 'user', 'mfa'] });
});

test('a wrong answer is counted and audited, uses its challenge up, and leaves the sign-in as it was', async () => {
  const person = await newPasskeyPerson(app);
  const { client, attemptToken } = await begin(person);
  const options = await challengePasskey(client, attemptToken);
  const wrong = person.authenticator.get(options, { origin: 'https://evil.test' });
  const refused = await verifyPasskey(client, attemptToken, wrong);
  expect([refused.status, refused.code]).toEqual([401, 'FACTOR_REFUSED']);
  const burnt = await verifyPasskey(client, attemptToken, person.authenticator.get(options));
  expect(burnt.code).toBe('FACTOR_REFUSED');
  expect(await auditNamesOf(await app.adminClient(), person.id)).toContain('factor.refused');
  const again = person.authenticator.get(await challengePasskey(client, attemptToken));
  expect((await verifyPasskey(client, attemptToken, again)).errors).toEqual([]);
});

test('a challenge of one sign-in is worth nothing for another of the same account', async () => {
  const person = await newPasskeyPerson(app);
  const [first, second] = [await begin(person), await begin(person)];
  const assertion = person.authenticator.get(await challengePasskey(first.client, first.attemptToken));
  const swapped = await verifyPasskey(second.client, second.attemptToken, assertion);
  expect([swapped.status, swapped.code]).toEqual([401, 'FACTOR_REFUSED']);
});

test('a challenge is good for five minutes', async () => {
  const person = await newPasskeyPerson(app);
  const { client, attemptToken } = await begin(person);
  const options = await challengePasskey(client, attemptToken);
  clock.advance(301);
  const late = await verifyPasskey(client, attemptToken, person.authenticator.get(options));
  expect([late.status, late.code]).toEqual([401, 'FACTOR_REFUSED']);
});

test('somebody else’s passkey proves nothing, whoever it says it is for', async () => {
  const [victim, attacker] = [await newPasskeyPerson(app), await newPasskeyPerson(app)];
  const handle = victim.authenticator.credentials[0]?.userHandle ?? '';
  const credential = attacker.authenticator.credentials[0];
  for (const userHandle of [handle, null]) {
    const { client, attemptToken } = await begin(victim);
    const options = await challengePasskey(client, attemptToken);
    const assertion = attacker.authenticator.get(options, {
      ...(credential ? { credential } : {}),
      userHandle,
    });
    const answer = await verifyPasskey(client, attemptToken, assertion);
    expect([answer.status, answer.code]).toEqual([401, 'FACTOR_REFUSED']);
  }
});

test('a session whose proof is too old is renewed by the passkey, and once by each answer', async () => {
  const { client, authenticator } = await newPasskeyPerson(app);
  clock.advance(901);
  await client.refresh();
  expect((await enrolPasskey(client)).code).toBe('STEP_UP_REQUIRED');
  const asked = await client.send(
    'mutation { challengeReauthentication(input: { kind: PASSKEY }) { publicKey } }',
  );
  expect(asked.errors).toEqual([]);
  const options = asked.data?.['challengeReauthentication'].publicKey;
  const credential = authenticator.get(options, { without: FLAGS.verified });
  const proved = await reauthenticate(client, { kind: 'PASSKEY', credential });
  expect(proved.data?.['reauthenticate']).toMatchObject({ acr: 'aal2' });
  await addPasskey(client, new VirtualAuthenticator());
  const replayed = await reauthenticate(client, { kind: 'PASSKEY', credential });
  expect([replayed.status, replayed.code]).toEqual([401, 'FACTOR_REFUSED']);
});

test('an account without a passkey is asked for none', async () => {
  const { client } = await newPerson(app);
  const answer = await client.send(
    'mutation { challengeReauthentication(input: { kind: PASSKEY }) { publicKey } }',
  );
  expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
});
