import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { SigningAlgorithm } from './signing-key.entity.js';

/** RSA at 3072 bits (ASVS 11.2.3); the others have one size each. */
const OPTIONS = { ES256: {}, RS256: { modulusLength: 3072 }, EdDSA: { crv: 'Ed25519' } } as const;

/** A new key pair as JWKs (RFC 7517), the public one ready for the JWKS under `kid`. */
export async function generateJwkPair(
  algorithm: SigningAlgorithm,
  kid: string,
): Promise<{ publicJwk: JWK; privateJwk: JWK }> {
  const pair = await generateKeyPair(algorithm, { ...OPTIONS[algorithm], extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  return {
    publicJwk: { ...publicJwk, kid, alg: algorithm, use: 'sig' },
    privateJwk: await exportJWK(pair.privateKey),
  };
}

/** The key that verifies, for exactly one algorithm. Throws when the JWK is no key of that algorithm. */
export function importPublicKey(jwk: JWK, algorithm: SigningAlgorithm): KeyObject {
  return assertFits(createPublicKey({ key: { ...jwk }, format: 'jwk' }), algorithm);
}

/** The key that signs, for exactly one algorithm. Throws when the JWK is no key of that algorithm. */
export function importPrivateKey(jwk: JWK, algorithm: SigningAlgorithm): KeyObject {
  return assertFits(createPrivateKey({ key: { ...jwk }, format: 'jwk' }), algorithm);
}

/** RFC 8725 §3.1 and §3.4: a key is of the kind, and on the curve, that its algorithm asks for. */
function assertFits(key: KeyObject, algorithm: SigningAlgorithm): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength = 0 } = {} } = key;
  const fits = {
    ES256: type === 'ec' && namedCurve === 'prime256v1',
    RS256: type === 'rsa' && modulusLength >= 2048,
    EdDSA: type === 'ed25519',
  }[algorithm];
  if (!fits) throw new Error(`A signing key is not one of ${algorithm}.`);
  return key;
}
