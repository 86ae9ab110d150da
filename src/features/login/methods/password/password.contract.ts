import { defineErrors } from '../../../../kernel/errors.js';
import { defineEvent } from '../../../../kernel/event.js';

export const passwordErrors = defineErrors({
  PASSWORD_REFUSED: { status: 422, message: 'The password does not meet the policy; see details.reasons.' },
  PASSWORD_CHECK_UNAVAILABLE: {
    status: 503,
    message: 'Whether the password was leaked cannot be looked up now; try again.',
  },
  REGISTRATION_DISABLED: { status: 403, message: 'Accounts are not opened here; ask an administrator.' },
});

/** Nobody but the owner of the address learns of it. */
export const signUpRepeated = defineEvent<Record<string, never>>('sign_up.repeated', {
  audit: 'Somebody tried to sign up with the address of an existing account.',
});
