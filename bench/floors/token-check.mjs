import { createPublicKey, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const HASHES = { ES256: 'sha256', RS256: 'sha256', EdDSA: null };

/** The claims of a genuine, unexpired token, checked by node's own synchronous crypto; null for any other. */
export function createVerifier({ jwk, algorithm }) {
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  return (token) => {
    const dot = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(dot + 1), 'base64url');
    if (!verify(HASHES[algorithm], Buffer.from(token.slice(0, dot)), key, signature)) return null;
    const claims = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, dot), 'base64url').toString());
    return claims.exp * 1000 > Date.now() ? claims : null;
  };
}

/** The same, remembered by the tail of the signature; the whole token is compared on a hit. */
export function createCachedVerifier(options) {
  const verifyToken = createVerifier(options);
  const cache = new LRUCache({ max: 50_000 });
  return (token) => {
    const key = token.slice(-43);
    const hit = cache.get(key);
    if (hit !== undefined && hit.token === token)
      return hit.claims.exp * 1000 > Date.now() ? hit.claims : null;
    const claims = verifyToken(token);
    if (claims !== null) cache.set(key, { token, claims });
    return claims;
  };
}
