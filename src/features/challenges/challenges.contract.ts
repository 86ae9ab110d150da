import { defineErrors } from '../../kernel/errors.js';

export const challengeErrors = defineErrors({
  CHALLENGE_INVALID: { status: 422, message: 'This link or code is not valid, or was used already.' },
  CHALLENGE_EXPIRED: { status: 422, message: 'This link or code has expired; ask for a new one.' },
  CHALLENGE_EXHAUSTED: { status: 429, message: 'Too many wrong tries; ask for a new link or code.' },
});
