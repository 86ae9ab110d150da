import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';

export const loginErrors = defineErrors({
  /** One answer for unknown, wrong, deactivated: which of them is nobody's business (ASVS 6.3.8). */
  INVALID_CREDENTIALS: { status: 401, message: 'The credentials are not right.' },
  /** Only after a right first proof; there is no recovery code left either. */
  SECOND_FACTOR_UNAVAILABLE: {
    status: 403,
    message:
      'The second factor of the account is its mailbox, and so is what this sign-in rests on. Sign in another way, or ' +
      'ask those who run this service to take the second factor away.',
  },
  SECOND_FACTOR_NOT_ENROLLED: {
    status: 409,
    message: 'This waits for a second factor to be enrolled and confirmed.',
  },
});

/** `factor` is the kind of the second step, or null. */
export const loginSucceeded = defineEvent<{ method: string; factor: string | null; amr: string[] }>(
  'login.succeeded',
  { audit: 'Somebody signed in.', webhook: true },
);

/** `awaits` is what must be proved before there is a session. */
export const loginDeferred = defineEvent<{
  method: string;
  awaits: 'email_verification' | 'second_factor' | 'enrolment';
}>('login.deferred', {
  audit: 'Somebody proved who they are, and was asked to prove more before signing in.',
  webhook: true,
});

/** `factor` is the kind that was not proved in the second step, or null when the first failed. */
export const loginFailed = defineEvent<{ method: string; factor: string | null }>('login.failed', {
  audit: 'Somebody failed to sign in.',
  webhook: true,
});
