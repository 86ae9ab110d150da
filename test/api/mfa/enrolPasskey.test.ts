import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import {
  addPasskey,
  confirmPasskey,
  enrolPasskey,
  newPasskeyPerson,
  registrationOptions,
} from '../../support/passkeys.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the browser is asked for a passkey of this site that it can find again, and never told an address as its id', async () => {
  const { client, email, id } = await newPerson(app);
  const options = await registrationOptions(client);
  expect(options).toMatchObject({
    rp: { id: 'localhost', name: 'Latchkey' },
    user: { name: email },
    attestation: 'none',
    excludeCredentials: [],
    timeout: 300_000,
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
  });
  expect(Buffer.from(options.user?.id ?? '', 'base64url').toString('hex')).toBe(id.replaceAll('-', ''));
});

test('an authenticator that has one already is not asked for another', async () => {
  const { client, authenticator } = await newPasskeyPerson(app);
  const [credential] = authenticator.credentials;
  const options = await registrationOptions(client);
  expect(options.excludeCredentials).toMatchObject([{ id: credential?.id, transports: ['internal'] }]);
});

test('who is not signed in begins none, and who signed in long ago has to prove it again', async () => {
  const anonymous = await enrolPasskey(app.client());
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
  const { client } = await newPerson(app);
  clock.advance(901);
  await client.refresh();
  const stale = await enrolPasskey(client);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
});

test('a token that is no sign-in’s begins none', async () => {
  const answer = await enrolPasskey(app.client(), { attemptToken: 'x'.repeat(43) });
  expect([answer.status, answer.code]).toEqual([401, 'ATTEMPT_INVALID']);
});

test.each(['', ' ', '\u2060', 'a\u2066b', 'x'.repeat(101)])(
  'a name that is none is refused: %j',
  async (name) => {
    const answer = await enrolPasskey((await newPerson(app)).client, { name });
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  },
);

test('the next registration of the account ends the one before', async () => {
  const { client } = await newPerson(app);
  const [first, second] = [await registrationOptions(client), await registrationOptions(client)];
  const early = await confirmPasskey(client, new VirtualAuthenticator().create(first));
  expect([early.status, early.code]).toEqual([422, 'PASSKEY_REFUSED']);
  expect((await confirmPasskey(client, new VirtualAuthenticator().create(second))).errors).toEqual([]);
});

test('an account has twenty passkeys at most', async () => {
  const { client, id } = await newPasskeyPerson(app);
  const last = await registrationOptions(client);
  await sql(
    app,
    `insert into passkeys
       (id, user_id, name, credential_id, public_key, counter, transports, aaguid, backup_eligible, user_verified, created_at)
     select gen_random_uuid(), user_id, name, credential_id || n, public_key, 0, transports, aaguid,
       backup_eligible, user_verified, created_at
     from passkeys cross join generate_series(1, 19) as n where user_id = ?`,
    [id],
  );
  const more = await enrolPasskey(client);
  expect([more.status, more.code]).toEqual([409, 'FACTOR_LIMIT_REACHED']);
  const begun = await confirmPasskey(client, new VirtualAuthenticator().create(last));
  expect([begun.status, begun.code]).toEqual([409, 'FACTOR_LIMIT_REACHED']);
});

test('one account begins sixty registrations an hour', async () => {
  const { client } = await newPerson(app);
  for (let n = 0; n < 59; n += 1) await app.services.budgets.passkeyEnrolment.consume(await keyOf(client));
  await addPasskey(client, new VirtualAuthenticator());
  const answer = await enrolPasskey(client);
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
});

async function keyOf({ userId = '' }: { userId: string | undefined }): Promise<string> {
  const { keyedFingerprint } = await import('../../../src/platform/crypto/fingerprint.js');
  return keyedFingerprint(app.services.keyring, 'budget', userId);
}
