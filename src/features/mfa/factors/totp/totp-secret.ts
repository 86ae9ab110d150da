import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Encryption, SealContext } from '../../../../platform/crypto/encryption.js';

const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const CODE = /^\d{6}$/;

/** What is sealed where; with the id of the row, so that a secret copied to another row does not open. */
const COLUMN = { purpose: 'totp secret', table: 'totp_factors', column: 'sealed_secret' } as const;

/** A new secret of 160 random bits (RFC 4226 §4 R6), in base32 as apps take it. */
export function newTotpSecret(): string {
  return generateSecret({ length: SECRET_BYTES });
}

/** What an app reads from a QR code: the de facto `otpauth` URI, with the defaults that every app knows. */
export function otpauthUri(issuer: string, label: string, secret: string): string {
  return generateURI({ issuer, label, secret });
}

/** The secret as it rests in the row of that id. */
export function sealTotpSecret(encryption: Encryption, row: string, secret: string): string {
  return encryption.seal(secret, contextOf(row));
}

/** The secret of a row. Throws DecryptionError. */
export function openTotpSecret(encryption: Encryption, row: string, sealed: string): string {
  return encryption.open(sealed, contextOf(row));
}

/**
 * The time step whose code it is, or null: that of `now`, the one before or the one after (RFC 6238 §5.2). Whether that
 * step was used already is not asked here. Spaces are forgiven, for apps show the digits in two groups.
 */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  const token = code.replaceAll(/\s/g, '');
  if (!CODE.test(token)) return null;
  const epoch = Math.floor(now.getTime() / 1000);
  const verdict = verifySync({ secret, token, epoch, period: STEP_SECONDS, epochTolerance: STEP_SECONDS });
  return verdict.valid && 'timeStep' in verdict ? verdict.timeStep : null;
}

function contextOf(row: string): SealContext {
  return { ...COLUMN, row };
}
