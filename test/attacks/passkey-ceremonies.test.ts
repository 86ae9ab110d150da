import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newPerson, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import {
  confirmPasskey,
  loginOptions,
  loginWithPasskey,
  newPasskeyPerson,
  type PasskeyPerson,
  registrationOptions,
  signInByPasskey,
} from '../support/passkeys.js';
import {
  type CeremonyAnswer,
  type CeremonyOptions,
  FLAGS,
  VirtualAuthenticator,
  withBitTurned,
} from '../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  const lockout = { threshold: 1000 };
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, lockout } });
});
afterAll(() => app.close());

/** What a ceremony is bent with: the person, the options, and whatever the row needs beside them. */
type Bend = (person: PasskeyPerson, options: CeremonyOptions) => CeremonyAnswer | Promise<CeremonyAnswer>;

const handleOf = ({ authenticator }: PasskeyPerson) => authenticator.credentials[0]?.userHandle ?? '';
const keyOf = ({ authenticator }: PasskeyPerson) => {
  const [credential] = authenticator.credentials;
  if (!credential) throw new Error('The person has no passkey.');
  return credential;
};

const BENT_LOGINS: [string, Bend][] = [
  ['another origin', ({ authenticator }, o) => authenticator.get(o, { origin: 'https://evil.test' })],
  [
    'our host at another port',
    ({ authenticator }, o) => authenticator.get(o, { origin: 'http://localhost:3001' }),
  ],
  [
    'our host with another scheme',
    ({ authenticator }, o) => authenticator.get(o, { origin: 'https://localhost:3000' }),
  ],
  [
    'a host that begins as ours',
    ({ authenticator }, o) => authenticator.get(o, { origin: 'http://localhost:3000.evil.test' }),
  ],
  ['a frame of another site', ({ authenticator }, o) => authenticator.get(o, { crossOrigin: true })],
  ['another relying party', ({ authenticator }, o) => authenticator.get(o, { rpId: 'evil.test' })],
  [
    'a registration instead of a proof',
    ({ authenticator }, o) => authenticator.get(o, { type: 'webauthn.create' }),
  ],
  [
    'a challenge that nobody issued',
    ({ authenticator }, o) => authenticator.get(o, { challenge: 'x'.repeat(43) }),
  ],
  ['no user verified', ({ authenticator }, o) => authenticator.get(o, { without: FLAGS.verified })],
  ['no user present', ({ authenticator }, o) => authenticator.get(o, { without: FLAGS.present })],
  ['no user named', ({ authenticator }, o) => authenticator.get(o, { userHandle: null })],
  [
    'another signature',
    ({ authenticator }, o) => withBitTurned(authenticator.get(o), 'signature', { byte: -1 }),
  ],
  ['no signature', ({ authenticator }, o) => withResponse(authenticator.get(o), { signature: '' })],
  [
    'the verified flag set after the signature',
    ({ authenticator }, o) =>
      withBitTurned(authenticator.get(o, { without: FLAGS.verified }), 'authenticatorData', {
        byte: 32,
        bit: FLAGS.verified,
      }),
  ],
  [
    'the counter raised after the signature',
    ({ authenticator }, o) => withBitTurned(authenticator.get(o), 'authenticatorData', { byte: 33, bit: 64 }),
  ],
  [
    'data of the client that was edited',
    ({ authenticator }, o) => withBitTurned(authenticator.get(o), 'clientDataJSON', { byte: 9 }),
  ],
  [
    'authenticator data cut short',
    ({ authenticator }, o) => withResponse(authenticator.get(o), { authenticatorData: 'AAAA' }),
  ],
  [
    'the challenge of a registration',
    async ({ authenticator, client }) => authenticator.get(await registrationOptions(client)),
  ],
  [
    'the challenge of another factor',
    async ({ authenticator, client }) => {
      const { data } = await client.send(
        'mutation { challengeReauthentication(input: { kind: PASSKEY }) { publicKey } }',
      );
      return authenticator.get(data?.['challengeReauthentication'].publicKey);
    },
  ],
  [
    'a key of one’s own under that id',
    (person, o) => {
      const { privateKey } = keyOf({ ...person, authenticator: strangersKey(o) });
      return person.authenticator.get(o, { credential: { ...keyOf(person), privateKey } });
    },
  ],
];

describe('a sign-in with a passkey refuses', () => {
  test.each(BENT_LOGINS)('%s', async (_name, bend) => {
    const person = await newPasskeyPerson(app);
    const options = await loginOptions(app.client());
    const client = app.client();
    const answer = await loginWithPasskey(client, await bend(person, options));
    expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(client.accessToken).toBeUndefined();
    expect(
      await sql(app, `select id from sessions where user_id = ? and method = 'passkey'`, [person.id]),
    ).toEqual([]);
  });

  test('a challenge that was used, by a right answer or a wrong one', async () => {
    const { authenticator } = await newPasskeyPerson(app);
    const { assertion } = await signInByPasskey(app.client(), authenticator);
    expect((await loginWithPasskey(app.client(), assertion)).code).toBe('INVALID_CREDENTIALS');
    const options = await loginOptions(app.client());
    const wrong = withBitTurned(authenticator.get(options), 'signature', { byte: -1 });
    expect((await loginWithPasskey(app.client(), wrong)).code).toBe('INVALID_CREDENTIALS');
    expect((await loginWithPasskey(app.client(), authenticator.get(options))).code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  test('a challenge that is five minutes old', async () => {
    const { authenticator } = await newPasskeyPerson(app);
    const options = await loginOptions(app.client());
    clock.advance(301);
    const late = await loginWithPasskey(app.client(), authenticator.get(options));
    expect([late.status, late.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  test('a counter that did not grow, and says so in the audit trail', async () => {
    const { authenticator, id } = await newPasskeyPerson(app);
    await signInByPasskey(app.client(), authenticator, { counter: 7 });
    for (const counter of [7, 3, 0]) {
      const { answer } = await signInByPasskey(app.client(), authenticator, { counter });
      expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    }
    const names = await auditNamesOf(await app.adminClient(), id);
    expect(names.filter((name) => name === 'passkey.cloned')).toHaveLength(3);
    expect((await signInByPasskey(app.client(), authenticator, { counter: 8 })).answer.errors).toEqual([]);
  });

  test('one answer that is given many times at once, but for once', async () => {
    const { authenticator } = await newPasskeyPerson(app, new VirtualAuthenticator({ counts: false }));
    const assertion = authenticator.get(await loginOptions(app.client()));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => loginWithPasskey(app.client(), assertion)),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'INVALID_CREDENTIALS']));
  });

  test('one counter in two answers at once, but for once', async () => {
    const { authenticator } = await newPasskeyPerson(app);
    const assertions = [];
    for (let n = 0; n < 10; n += 1) {
      assertions.push(authenticator.get(await loginOptions(app.client()), { counter: 1 }));
    }
    const answers = await Promise.all(
      assertions.map((assertion) => loginWithPasskey(app.client(), assertion)),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });
});

describe('the account that a passkey opens', () => {
  test('is its owner’s, and the answer is refused if it names another', async () => {
    const [victim, attacker] = [await newPasskeyPerson(app), await newPasskeyPerson(app)];
    const bends = [
      { userHandle: handleOf(victim) },
      { credential: { ...keyOf(attacker), id: keyOf(victim).id } },
      { credential: { ...keyOf(attacker), id: keyOf(victim).id }, userHandle: handleOf(victim) },
    ];
    for (const bent of bends) {
      const client = app.client();
      const { answer } = await signInByPasskey(client, attacker.authenticator, bent);
      expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
      expect(client.accessToken).toBeUndefined();
    }
    const client = app.client();
    await signInByPasskey(client, attacker.authenticator);
    expect(claimsOf(client.accessToken)['sub']).toBe(attacker.id);
  });

  test('does not change hands with a public key that was swapped at the registration', async () => {
    const victim = await newPasskeyPerson(app);
    const { client } = await newPerson(app);
    const thief = new VirtualAuthenticator();
    const answer = thief.create(await registrationOptions(client));
    // Under the id of the victim, whose key it would replace if ids were not the owner's for ever.
    const bytes = Buffer.from(String(answer.response['attestationObject']), 'base64url');
    const own = Buffer.from(answer.id, 'base64url');
    const theirs = Buffer.from(keyOf(victim).id, 'base64url');
    theirs.copy(bytes, bytes.indexOf(own));
    const { id } = keyOf(victim);
    const stolen = { ...answer, id, rawId: id };
    const confirmed = await confirmPasskey(
      client,
      withResponse(stolen, { attestationObject: bytes.toString('base64url') }),
    );
    expect([confirmed.status, confirmed.code]).toEqual([409, 'PASSKEY_TAKEN']);
    expect((await signInByPasskey(app.client(), victim.authenticator)).answer.errors).toEqual([]);
  });
});

function withResponse(answer: CeremonyAnswer, response: object): CeremonyAnswer {
  return { ...answer, response: { ...answer.response, ...response } };
}

/** An authenticator of somebody who has just made a key for that site. */
function strangersKey({ challenge, rpId = '' }: CeremonyOptions): VirtualAuthenticator {
  const authenticator = new VirtualAuthenticator();
  authenticator.create({ challenge, rp: { id: rpId }, user: { id: 'AAAA' } });
  return authenticator;
}
