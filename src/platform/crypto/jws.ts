import { type KeyObject, sign, verify } from 'node:crypto';

/** The signature algorithms of RFC 7518 §3.1 and RFC 8037 §3.1 that are spoken here. */
export type JwsAlgorithm = 'ES256' | 'RS256' | 'EdDSA';

/** The parts of a JWS (RFC 7515 §7.1) as they were sent: nothing is proved yet. */
export interface CompactJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
  /** What the signature is over (RFC 7515 §5.2); ASCII. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

const DIGEST = { ES256: 'sha256', RS256: 'sha256', EdDSA: null } as const;
/** The bytes of each of the two numbers of an ES256 signature (RFC 7518 §3.4). */
const P256_BYTES = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Takes a compact JWS apart; null unless its three parts are canonical base64url and its header is a JSON object. */
export function parseCompactJws(text: string): CompactJws | null {
  const parts = text.split('.');
  if (parts.length !== 3) return null;
  const [header, payload, signature] = parts.map(canonicalBytes);
  if (!header || !payload || !signature) return null;
  const members = parseJsonObject(header);
  const signingInput = text.slice(0, text.lastIndexOf('.'));
  return members && { header: members, payload, signingInput, signature };
}

/** The object that UTF-8 JSON text holds, or null for anything else. */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Whether the signature is that key's. On this thread, at half the price of WebCrypto, and never behind the
 * password hashes that fill the thread pool. The caller has made sure that the key is one for the algorithm.
 */
export function verifyJws(
  algorithm: JwsAlgorithm,
  publicKey: KeyObject,
  { signingInput, signature }: CompactJws,
): boolean {
  const presented = algorithm === 'ES256' ? derOf(signature) : signature;
  if (presented === null) return false;
  return verify(DIGEST[algorithm], Buffer.from(signingInput, 'latin1'), publicKey, presented);
}

/** A compact JWS of these members and this JSON payload, on this thread. */
export function signJws(
  algorithm: JwsAlgorithm,
  privateKey: KeyObject,
  header: Readonly<Record<string, string>>,
  payload: object,
): string {
  const signingInput = `${encode({ alg: algorithm, ...header })}.${encode(payload)}`;
  const signature = sign(DIGEST[algorithm], Buffer.from(signingInput, 'latin1'), privateKey);
  const written = algorithm === 'ES256' ? rawOf(signature) : signature;
  return `${signingInput}.${written.toString('base64url')}`;
}

/** RFC 7515 §2: base64url without padding, spelled in its one way, so that one token has one text. */
function canonicalBytes(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * RFC 7518 §3.4 sends an ES256 signature as two numbers of 32 bytes; OpenSSL's own form is DER (RFC 3279 §2.2.3),
 * and it takes that a third faster. Null for any other length.
 */
function derOf(raw: Buffer): Buffer | null {
  if (raw.length !== 2 * P256_BYTES) return null;
  const der = Buffer.allocUnsafe(2 + 2 * (3 + P256_BYTES));
  const middle = writeInteger(der, 2, raw.subarray(0, P256_BYTES));
  const end = writeInteger(der, middle, raw.subarray(P256_BYTES));
  der[0] = 0x30;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** Writes a positive DER INTEGER in its shortest form (X.690 §8.3) and returns where it ends. */
function writeInteger(der: Buffer, at: number, number: Buffer): number {
  let first = 0;
  while (first < number.length - 1 && number[first] === 0) first += 1;
  // A leading bit would make it negative.
  const padding = (number[first] ?? 0) >= 0x80 ? 1 : 0;
  const length = number.length - first;
  der[at] = 0x02;
  der[at + 1] = padding + length;
  der[at + 2] = 0;
  number.copy(der, at + 2 + padding, first);
  return at + 2 + padding + length;
}

/** The reverse, of what OpenSSL has just made. */
function rawOf(der: Buffer): Buffer {
  const raw = Buffer.alloc(2 * P256_BYTES);
  let at = 2;
  for (let end = P256_BYTES; end <= raw.length; end += P256_BYTES) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const significant = number.length > P256_BYTES ? number.subarray(1) : number;
    significant.copy(raw, end - significant.length);
    at += 2 + length;
  }
  return raw;
}
