import { z } from 'zod';
import { defineErrors } from './errors.js';

export const emailErrors = defineErrors({
  EMAIL_INVALID: { status: 422, message: 'This is not an e-mail address we can write to.' },
});

const readable = z.email().max(254);

/** Nobody's mailbox (RFC 2606 §2). The names of deleted accounts lie there, and must not be taken from them. */
const NOWHERE = /[@.]invalid$/;

/**
 * The one form of an e-mail address that is stored, compared and written to: NFKC, trimmed, lower case.
 * Normalising before validating keeps a look-alike (full-width ＠, ligatures) from passing one and failing
 * the other (GHSA-7rqj). Throws EMAIL_INVALID.
 */
export function parseEmailAddress(input: string): string {
  const normalised = input.length <= 1000 ? input.normalize('NFKC').trim().toLowerCase() : '';
  const parsed = readable.safeParse(normalised);
  if (!parsed.success || NOWHERE.test(parsed.data)) throw emailErrors.EMAIL_INVALID();
  return parsed.data;
}

/**
 * An address as the mailbox before it may read it: its owner recognises it, and nobody else learns it. One letter
 * of the local part, so that not even its length shows.
 */
export function maskEmailAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const [first = '', ...rest] = address.slice(0, Math.max(at, 0));
  return `${rest.length > 1 ? first : ''}•••${address.slice(Math.max(at, 0))}`;
}

/** What may be kept of an address that is perhaps somebody else's: where it is, and not whose. */
export function hideMailbox(address: string): string {
  return `•••${address.slice(address.lastIndexOf('@'))}`;
}
