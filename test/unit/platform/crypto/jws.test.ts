import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { expect, test } from 'vitest';
import {
  type JwsAlgorithm,
  parseCompactJws,
  parseJsonObject,
  signJws,
  verifyJws,
} from '../../../../src/platform/crypto/jws.js';

interface Pair {
  readonly algorithm: JwsAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const pairs: readonly Pair[] = [
  { algorithm: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  { algorithm: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  { algorithm: 'EdDSA', ...generateKeyPairSync('ed25519') },
];

/** jose, an implementation that shares nothing with ours but OpenSSL, is the oracle. */
async function joseAccepts(text: string, { algorithm, publicKey }: Pair): Promise<boolean> {
  // It takes other spellings of the last bits; one token has one text here (RFC 7515 §2).
  const canonical = (part: string) => Buffer.from(part, 'base64url').toString('base64url') === part;
  if (!text.split('.').every(canonical)) return false;
  return await compactVerify(text, publicKey, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );
}

function weAccept(text: string, { algorithm, publicKey }: Pair): boolean {
  const jws = parseCompactJws(text);
  return jws !== null && jws.header['alg'] === algorithm && verifyJws(algorithm, publicKey, jws);
}

for (const pair of pairs) {
  const { algorithm, privateKey, publicKey } = pair;

  test(`${algorithm}: jose verifies what we sign, and reads the same header and payload`, async () => {
    // Numbers with leading zeros come once in 256 signatures.
    for (let n = 0; n < (algorithm === 'RS256' ? 10 : 300); n += 1) {
      const text = signJws(algorithm, privateKey, { kid: 'k' }, { n, name: 'Ünïcödé' });
      const { payload, protectedHeader } = await compactVerify(text, publicKey);
      expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ n, name: 'Ünïcödé' });
      expect(protectedHeader).toEqual({ alg: algorithm, kid: 'k' });
    }
  });

  test(`${algorithm}: we verify what jose signs`, async () => {
    for (let n = 0; n < (algorithm === 'RS256' ? 10 : 300); n += 1) {
      const text = await new CompactSign(Buffer.from(`{"n":${n}}`))
        .setProtectedHeader({ alg: algorithm })
        .sign(privateKey);
      expect(weAccept(text, pair), text).toBe(true);
    }
  });

  test(`${algorithm}: of changed tokens we accept those that jose accepts and no others`, async () => {
    const genuine = signJws(algorithm, privateKey, {}, { sub: 'somebody' });
    const header = genuine.slice(0, genuine.indexOf('.'));
    const payload = genuine.slice(header.length + 1, genuine.lastIndexOf('.'));
    const signature = Buffer.from(genuine.slice(genuine.lastIndexOf('.') + 1), 'base64url');
    const withSignature = (bytes: Uint8Array) =>
      `${header}.${payload}.${Buffer.from(bytes).toString('base64url')}`;
    const changed = fc.oneof(
      fc.constant(genuine),
      fc
        .tuple(fc.nat(genuine.length - 1), fc.string({ maxLength: 2 }))
        .map(([at, text]) => genuine.slice(0, at) + text + genuine.slice(at + 1)),
      fc
        .tuple(fc.nat(signature.length - 1), fc.integer({ min: 0, max: 255 }))
        .map(([at, byte]) => withSignature(signature.with(at, byte))),
      fc.uint8Array({ maxLength: 72 }).map(withSignature),
      // The same two numbers in more bytes, or in one order or the other.
      fc
        .constantFrom(
          Buffer.concat([signature.subarray(0, 32), Buffer.alloc(1), signature.subarray(32)]),
          Buffer.concat([Buffer.alloc(1), signature]),
          Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
        )
        .map(withSignature),
      // All zeros (CVE-2022-21449), the order of the curve, numbers with and without a leading bit.
      fc
        .tuple(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))
        .map(([r, s]) => withSignature(Buffer.concat([Buffer.alloc(32, r), Buffer.alloc(32, s)]))),
    );
    await fc.assert(
      fc.asyncProperty(changed, async (text) => {
        expect(weAccept(text, pair)).toBe(await joseAccepts(text, pair));
      }),
      { numRuns: algorithm === 'RS256' ? 100 : 400 },
    );
  });

  test(`${algorithm}: a signature of another algorithm or another key is refused`, () => {
    for (const other of pairs) {
      const { privateKey: stranger } =
        algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : other;
      if (stranger.equals(privateKey)) continue;
      const signer = algorithm === 'ES256' ? 'ES256' : other.algorithm;
      const jws = parseCompactJws(signJws(signer, stranger, {}, {}));
      expect(jws && verifyJws(algorithm, publicKey, jws)).toBe(false);
    }
  });
}

test('only three parts of canonical base64url with a JSON object in front are a compact JWS', () => {
  const header = Buffer.from('{"alg":"ES256"}').toString('base64url');
  expect(parseCompactJws(`${header}.e30.AA`)?.header).toEqual({ alg: 'ES256' });
  const refused = [
    '',
    '..',
    `${header}.e30`,
    `${header}.e30.AA.`,
    `${header}=.e30.AA`,
    `${header}.e30.AB`,
    `${header}.e30.A`,
    `${header} .e30.AA`,
    `${header}.e3+.AA`,
    `${Buffer.from('[]').toString('base64url')}.e30.AA`,
    `${Buffer.from('null').toString('base64url')}.e30.AA`,
    `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.e30.AA`,
  ];
  for (const text of refused) expect(parseCompactJws(text), text).toBeNull();
});

test('a member named __proto__ is a member like any other', () => {
  const object = parseJsonObject(Buffer.from('{"__proto__":{"iss":"x"}}'));
  expect(object?.['iss']).toBeUndefined();
});
