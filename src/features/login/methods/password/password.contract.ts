import { defineErrors } from '../../../../kernel/errors.js';
import { defineEvent } from '../../../../kernel/event.js';

export const passwordErrors = defineErrors({
  PASSWORD_REFUSED: { status: 422, message: 'The password does not meet the policy; see details.reasons.' },
  PASSWORD_CHECK_UNAVAILABLE: {
    status: 503,
    message: 'Whether the password was leaked cannot be looked up now; try again.',
  },
  PASSWORD_NOT_SET: {
    status: 409,
    message: 'This account has no password yet; ask for a link to set one.',
  },
  PASSWORD_IS_OWN: { status: 403, message: 'Change your own password with `changePassword`.' },
});

/** What became of the look-up among leaked passwords; belongs into the audit row of the operation. */
export type BreachCheck = 'off' | 'passed' | 'unavailable';

/** Who or what gave the account its new password. */
export type PasswordChangedBy = 'user' | 'reset' | 'admin' | 'activation';

/** Whatever the old password had opened has ended in the same transaction. */
export const passwordChanged = defineEvent<{ by: PasswordChangedBy; breachCheck: BreachCheck }>(
  'password.changed',
  { audit: 'An account got another password.', stream: true, webhook: true, opens: true },
);

export const passwordChangeRefused = defineEvent<Record<string, never>>('password_change.refused', {
  audit: 'Somebody who was signed in did not know the current password.',
  webhook: true,
});
