import { createHmac, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../kernel/secret.js';
import { equalConstantTime } from './fingerprint.js';

/** What a signed value may carry: readable by whoever holds it, changeable by nobody. */
export type SignedPayload = string | Readonly<Record<string, unknown>>;

interface Signing {
  readonly secret: Secret;
  /** Chooses the key: a value signed for one purpose is nothing for another. */
  readonly purpose: string;
  readonly expiresAt: Date;
}

interface Verification {
  /** The current secret first, then the old ones that are still accepted. */
  readonly secrets: readonly Secret[];
  readonly purpose: string;
  readonly now: Date;
}

/** The most characters of a value that is looked at: a browser keeps no larger cookie (RFC 6265 §6.1). */
const MAX_LENGTH = 4096;

const contents = z.object({
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]),
  /** Milliseconds since the epoch. */
  exp: z.int(),
});

/** `<base64url JSON>.<base64url HMAC-SHA256>`, for a cookie that comes back unchanged or not at all. */
export function signValue(payload: SignedPayload, { secret, purpose, expiresAt }: Signing): string {
  const json = JSON.stringify({ payload, exp: expiresAt.getTime() });
  const body = Buffer.from(json, 'utf8').toString('base64url');
  return `${body}.${signatureOf(body, secret, purpose)}`;
}

/**
 * The payload of a value that `signValue` made for this purpose under one of the secrets and that has not
 * expired; null otherwise, whatever the reason.
 */
export function verifyValue(value: string, { secrets, purpose, now }: Verification): SignedPayload | null {
  const [body = '', signature = '', ...rest] = value.length <= MAX_LENGTH ? value.split('.') : [];
  if (rest.length > 0 || !isSigned(body, signature, { secrets, purpose })) return null;

  const { data } = contents.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  return data && now.getTime() < data.exp ? data.payload : null;
}

function isSigned(body: string, signature: string, by: Pick<Verification, 'secrets' | 'purpose'>): boolean {
  // The text is compared, not the bytes it decodes to: one signature has one spelling.
  const given = Buffer.from(signature, 'utf8');
  return by.secrets.some((secret) =>
    equalConstantTime(given, Buffer.from(signatureOf(body, secret, by.purpose), 'utf8')),
  );
}

function signatureOf(body: string, secret: Secret, purpose: string): string {
  return createHmac('sha256', keyFor(secret, purpose)).update(body, 'utf8').digest('base64url');
}

// Deriving costs as much as signing; a purpose is one of a few words in the code, so this stays small.
const derivedKeys = new WeakMap<Secret, Map<string, Buffer>>();

function keyFor(secret: Secret, purpose: string): Buffer {
  const keys = derivedKeys.get(secret) ?? new Map<string, Buffer>();
  derivedKeys.set(secret, keys);
  const known = keys.get(purpose);
  if (known) return known;

  const key = Buffer.from(hkdfSync('sha256', secret.reveal(), 'latchkey signed value v1', purpose, 32));
  keys.set(purpose, key);
  return key;
}
