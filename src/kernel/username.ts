import { defineErrors } from './errors.js';

export const usernameErrors = defineErrors({
  USERNAME_INVALID: {
    status: 422,
    message: 'A username has 3 to 32 characters: a letter first, then letters, digits, `.`, `_` or `-`.',
  },
});

const USERNAME = /^[a-z][a-z0-9._-]{2,31}$/;

/**
 * The one form of a username that is stored and compared: NFKC, trimmed, lower case. Letters of one script only,
 * so that no two names look alike, and never an `@`: a username is never somebody's address. Throws
 * USERNAME_INVALID.
 */
export function parseUsername(input: string): string {
  const normalised = input.length <= 200 ? input.normalize('NFKC').trim().toLowerCase() : '';
  if (!USERNAME.test(normalised)) throw usernameErrors.USERNAME_INVALID();
  return normalised;
}
