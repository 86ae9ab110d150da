import { defineErrors } from '../../../kernel/errors.js';
import { defineEvent } from '../../../kernel/event.js';
import type { BreachCheck } from '../methods/password/password.contract.js';

export const signUpErrors = defineErrors({
  REGISTRATION_DISABLED: { status: 403, message: 'Accounts are not opened here; ask an administrator.' },
  EMAIL_DOMAIN_REFUSED: { status: 422, message: 'Accounts are not opened for addresses of this domain.' },
});

export const signUpCompleted = defineEvent<{ breachCheck: BreachCheck }>('sign_up.completed', {
  audit: 'Somebody opened their own account.',
});

/** Nobody but the owner of the address learns of it. */
export const signUpRepeated = defineEvent<{ breachCheck: BreachCheck }>('sign_up.repeated', {
  audit: 'Somebody tried to sign up with the address of an existing account.',
});
