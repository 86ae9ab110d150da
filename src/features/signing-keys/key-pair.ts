import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
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

/** The key of a JWK for exactly one algorithm. */
export async function importKey(jwk: JWK, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error('A signing key must be asymmetric.');
  return key;
}
