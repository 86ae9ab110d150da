import { type AddressedRequest, createProxyTrust } from './client-address.js';

/** As long as the column that keeps it. */
const MAX_LENGTH = 100;

/** Tells where the client of a request is, in the words of a trusted proxy, or null. */
export type ClientPlace = (request: AddressedRequest) => string | null;

/**
 * Reads the place out of `header` (lower case; null: places are not shown). Only what a trusted proxy sends counts:
 * anybody else would tell whatever makes their session look like its owner's.
 */
export function createClientPlace(header: string | null, trustedProxies: readonly string[]): ClientPlace {
  if (header === null) return () => null;
  const isFromProxy = createProxyTrust(trustedProxies);
  return (request) => {
    const value = request.headers[header];
    // Sent twice, one of them may be the client's.
    if (typeof value !== 'string' || !isFromProxy(request)) return null;
    return readable(value);
  };
}

/** Node reads headers as Latin-1 (RFC 9110 §5.5); names of places come in UTF-8. */
function readable(value: string): string | null {
  const text = Buffer.from(value, 'latin1').toString('utf8');
  const clean = (text.includes('\uFFFD') ? value : text).replaceAll(/\p{C}/gu, '').trim();
  return clean.slice(0, MAX_LENGTH).toWellFormed() || null;
}
