import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, claimsOf, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { Browser } from '../../support/browser.js';
import { generousLimits } from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';
import {
  addPasskey,
  confirmPasskey,
  enrolPasskey,
  loginOptions,
  newPasskeyPerson,
  registrationOptions,
} from '../../support/passkeys.js';
import {
  type CeremonyOptions,
  FLAGS,
  VirtualAuthenticator,
  withBitTurned,
} from '../../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the first passkey comes with ten recovery codes, a mail and audit rows, and is traced to its session', async () => {
  const { client, email, id } = await newPerson(app);
  const mails = (await mailsTo(app, email)).length;
  const options = await registrationOptions(client, { name: 'Laptop' });
  const { data, errors } = await confirmPasskey(client, new VirtualAuthenticator().create(options));
  expect(errors).toEqual([]);
  const { factor, recoveryCodes } = data?.['confirmPasskey'] ?? {};
  expect(factor).toMatchObject({ kind: 'PASSKEY', name: 'Laptop', hint: null, lastUsedAt: null });
  expect(factor.createdBySessionId).toBe(claimsOf(client.accessToken).sid);
  expect(new Set(recoveryCodes).size).toBe(10);
  expect(await mailsTo(app, email)).toHaveLength(mails + 1);
  expect(await auditNamesOf(await app.adminClient(), id)).toEqual(
    expect.arrayContaining(['factor.enrolled', 'recovery_codes.issued']),
  );
  const [row] = await sql(app, 'select factor_kinds from users where id = ?', [id]);
  expect(row?.['factor_kinds']).toEqual(['passkey']);
});

test('a further passkey gets no recovery codes', async () => {
  const { client } = await newPasskeyPerson(app);
  expect((await addPasskey(client, new VirtualAuthenticator())).recoveryCodes).toBeNull();
});

test('a sign-in that waits for an enrolment is completed by the passkey that it registers', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, 'update users set second_factor_required = true where id = ?', [id]);
  const client = new Browser(app.url);
  const { data } = await client.send(
    `mutation ($input: LoginInput!) { login(input: $input) {
      ... on SecondFactorEnrolmentRequired { attemptToken kinds } } }`,
    { input: { email, password: PASSWORD } },
  );
  const { attemptToken, kinds } = data?.['login'] ?? {};
  expect(kinds).toContain('PASSKEY');
  const { recoveryCodes } = await addPasskey(client, new VirtualAuthenticator(), { attemptToken });
  expect(recoveryCodes).toHaveLength(10);
  const done = await client.send(
    `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) {
      ... on LoginSucceeded { tokens { accessToken } } } }`,
    { input: { attemptToken } },
  );
  const claims = claimsOf(done.data?.['completeLogin'].tokens.accessToken);
  expect(claims).toMatchObject({ acr: 'aal2', amr: ['pwd', 'hwk', 'user', 'mfa'] });
  const [row] = await sql(app, 'select created_by_session_id from passkeys where user_id = ?', [id]);
  expect(row?.['created_by_session_id']).toBe(claims.sid);
});

test('a sign-in that waits for a second factor registers none', async () => {
  const { email } = await newPasskeyPerson(app);
  const client = new Browser(app.url);
  const { data } = await client.send(
    'mutation ($input: LoginInput!) { login(input: $input) { ... on SecondFactorRequired { attemptToken } } }',
    { input: { email, password: PASSWORD } },
  );
  const answer = await enrolPasskey(client, { attemptToken: data?.['login'].attemptToken });
  expect([answer.status, answer.code]).toEqual([401, 'ATTEMPT_INVALID']);
});

type Bend = (authenticator: VirtualAuthenticator, options: CeremonyOptions) => object;
const CERTIFIED = new Map<string, unknown>([
  ['alg', -7],
  ['sig', new Uint8Array(70)],
  ['x5c', [new Uint8Array(300)]],
]);
const BENT: [string, Bend][] = [
  ['another origin', (a, o) => a.create(o, { origin: 'https://evil.test' })],
  ['a frame of another site', (a, o) => a.create(o, { crossOrigin: true })],
  ['another relying party', (a, o) => a.create(o, { rpId: 'evil.test' })],
  ['a proof instead of a registration', (a, o) => a.create(o, { type: 'webauthn.get' })],
  ['a challenge that nobody issued', (a, o) => a.create(o, { challenge: 'x'.repeat(43) })],
  ['no user present', (a, o) => a.create(o, { without: FLAGS.present })],
  ['no credential within', (a, o) => a.create(o, { without: FLAGS.attested })],
  ['an assertion', (a, o) => (a.create(o), a.get(o, { type: 'webauthn.create' }))],
  ['a broken attestation', (a, o) => withBitTurned(a.create(o), 'attestationObject', { byte: 0, bit: 255 })],
  ['a certificate of its model', (a, o) => a.create(o, { attestation: ['packed', CERTIFIED] })],
  ['an attestation of a kind that is none', (a, o) => a.create(o, { attestation: ['other', new Map()] })],
  ['nothing', () => ({})],
  ['an empty response', (a, o) => ({ ...a.create(o), response: {} })],
];

test.each(BENT)(
  'a registration with what is wrong is refused, and writes nothing: %s',
  async (_name, bend) => {
    const { client, id } = await newPerson(app);
    const options = await registrationOptions(client);
    const answer = await confirmPasskey(client, bend(new VirtualAuthenticator(), options));
    expect([answer.status, answer.code]).toEqual([422, 'PASSKEY_REFUSED']);
    expect(await sql(app, 'select id from passkeys where user_id = ?', [id])).toEqual([]);
  },
);

test('a registration is finished once, in time, and by the session that began it', async () => {
  const person = await newPerson(app);
  const { client } = person;
  const other = await anotherDevice(app, person);
  const codeOf = async (by: Client, options: CeremonyOptions) =>
    (await confirmPasskey(by, new VirtualAuthenticator().create(options))).code;
  expect(await codeOf(other, await registrationOptions(client))).toBe('PASSKEY_REFUSED');
  expect(await codeOf((await newPerson(app)).client, await registrationOptions(client))).toBe(
    'PASSKEY_REFUSED',
  );
  expect(await codeOf(client, await loginOptions(client))).toBe('PASSKEY_REFUSED');
  const late = await registrationOptions(client);
  clock.advance(301);
  expect(await codeOf(client, late)).toBe('PASSKEY_REFUSED');
  const options = await registrationOptions(client);
  const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(client, options)));
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
});

test('a credential that somebody has is nobody else’s, nor theirs again', async () => {
  const owner = await newPasskeyPerson(app);
  const { client } = await newPerson(app);
  const [credential] = owner.authenticator.credentials;
  for (const by of [client, owner.client]) {
    const authenticator = new VirtualAuthenticator();
    const options = await registrationOptions(by);
    const answer = authenticator.create(options, credential ? { credential } : {});
    const refused = await confirmPasskey(by, answer);
    expect([refused.status, refused.code]).toEqual([409, 'PASSKEY_TAKEN']);
  }
});
