import { defineErrors } from '../../../kernel/errors.js';
import { defineEvent } from '../../../kernel/event.js';

export const signUpErrors = defineErrors({
  REGISTRATION_DISABLED: { status: 403, message: 'Accounts are not opened here; ask an administrator.' },
});

/** Nobody but the owner of the address learns of it. */
export const signUpRepeated = defineEvent<Record<string, never>>('sign_up.repeated', {
  audit: 'Somebody tried to sign up with the address of an existing account.',
});
