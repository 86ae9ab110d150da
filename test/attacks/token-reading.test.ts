import { sign } from 'node:crypto';
import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';

// Our reader of tokens is our own; jose, which is not, says what it should have said.
let app: TestApp;
const clock = new FakeClock();
let genuine: string;
let foreign: string;
let basic: string;

beforeAll(async () => {
  app = await startTestApp({ clock });
  genuine = (await newPerson(app)).client.accessToken ?? '';
  foreign = (await newPerson(app)).client.accessToken ?? '';
  ({ basic } = await newService(await app.adminClient()));
});
afterAll(() => app.close());

type Json = Record<string, unknown>;

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (part: string | undefined): Json =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Json;

/** One token has one text (RFC 7515 §2): jose takes other spellings of the last bits, we never did. */
const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/** The claims by which jose knows the token, or null: as `readAccessToken` has to judge it. */
async function byJose(token: string): Promise<unknown> {
  if (!isCanonical(token)) return null;
  const { keys } = await app.services.signingKeys.jwks();
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), {
      typ: 'at+jwt',
      issuer: app.services.issuer,
      algorithms: ['ES256', 'RS256', 'EdDSA'],
      requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
      currentDate: new Date(0),
    });
    return payload;
  } catch {
    return null;
  }
}

async function byUs(token: string): Promise<unknown> {
  const read = await app.services.tokens.readAccessToken(token);
  return read.state === 'invalid' ? null : read.claims;
}

/** Signed by our own key, whatever it says: what is signed must not decide alone. */
async function signed(header: string, payload: string): Promise<string> {
  const { privateKey } = await app.services.signingKeys.signer();
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

test('a genuine token whose text was changed is accepted by us only where jose accepts it', async () => {
  const changes = fc.oneof(
    fc.tuple(fc.nat(2_000), fc.string({ maxLength: 3 })).map(([at, text]) => {
      const place = at % genuine.length;
      return genuine.slice(0, place) + text + genuine.slice(place + text.length);
    }),
    fc
      .tuple(fc.nat(2), fc.nat(2), fc.nat(2))
      .map((from) =>
        from.map((each, part) => (each === 0 ? foreign : genuine).split('.')[part] ?? '').join('.'),
      ),
    fc.nat(2_000).map((length) => genuine.slice(0, length)),
    fc.constantFrom(`${genuine}=`, `${genuine}.`, ` ${genuine}`, `${genuine}\n`, genuine),
  );
  await fc.assert(
    fc.asyncProperty(changes, async (token) => {
      expect(await byUs(token)).toEqual(await byJose(token));
    }),
    { numRuns: 500 },
  );
});

test('what our key signed with other members is accepted by us only where jose accepts it', async () => {
  const [header, payload] = genuine.split('.', 2).map(decode);
  const { alg, kid } = header as { alg: string; kid: string };
  const odd = fc.constantFrom<unknown>(undefined, null, '', 0, 5, [], {}, [''], true, '__proto__');
  const headers = fc.record({
    alg: fc.oneof(
      { arbitrary: fc.constant<unknown>(alg), weight: 8 },
      fc.constantFrom<unknown>('none', 'RS256', 'HS256', 'es256'),
      odd,
    ),
    kid: fc.oneof({ arbitrary: fc.constant<unknown>(kid), weight: 8 }, fc.constant(kid.toUpperCase()), odd),
    typ: fc.oneof(
      {
        arbitrary: fc.constantFrom<unknown>('at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+jwt'),
        weight: 8,
      },
      fc.constantFrom<unknown>(
        'JWT',
        'at',
        'at+jwt ',
        'application/application/at+jwt',
        'x/at+jwt',
        'at+jwt/',
        '/at+jwt',
      ),
      odd,
    ),
    crit: fc.oneof(
      { arbitrary: fc.constant<unknown>(undefined), weight: 8 },
      fc.constantFrom<unknown>(['exp'], ['b64'], ['crit']),
      odd,
    ),
    zip: fc.constantFrom<unknown>(undefined, 'DEF'),
  });
  const claims = fc.record({
    iss: fc.oneof({ arbitrary: fc.constant<unknown>(payload?.['iss']), weight: 8 }, odd),
    nbf: fc.oneof(
      { arbitrary: fc.constant<unknown>(undefined), weight: 8 },
      fc.constantFrom<unknown>(1, 4e9, '1', null),
    ),
  });
  const spoiled = fc.constantFrom(
    (text: string) => text,
    (text: string) => `\uFEFF${text}`,
    (text: string) => `${text} `,
    (text: string) => text.replace('{', '{"iss":"twice",'),
    (text: string) => `[${text}]`,
  );
  await fc.assert(
    fc.asyncProperty(headers, claims, spoiled, async (head, body, spoil) => {
      const token = await signed(
        JSON.stringify({ ...header, ...head }),
        spoil(JSON.stringify({ ...payload, ...body })),
      );
      expect(await byUs(token)).toEqual(await byJose(token));
    }),
    { numRuns: 500 },
  );
});

test('an extension that a token declares critical is refused, even the one that jose knows', async () => {
  const [header, payload] = genuine.split('.', 2).map(decode);
  const token = await signed(
    JSON.stringify({ ...header, crit: ['b64'], b64: true }),
    JSON.stringify(payload),
  );
  expect(await byJose(token)).not.toBeNull();
  expect(await byUs(token)).toBeNull();
});

test('a token is judged anew on every reading: one that expired is not active although it was verified before', async () => {
  const ask = async () => {
    const body = new URLSearchParams({ token: genuine });
    const init = { method: 'POST', headers: { authorization: basic }, body };
    return await (await app.client().fetch('/auth/introspect', init)).text();
  };
  expect(await ask()).toContain('"active":true');
  expect(await ask()).toContain('"active":true');
  clock.advance(3_600);
  expect(await ask()).toBe('{"active":false}');
});
