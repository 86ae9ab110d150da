import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const privacyErrors = defineErrors({
  ERASURE_IS_OWN: { status: 403, message: 'Erase your own account with `eraseMe`.' },
  ERASURE_NOT_CONFIRMED: {
    status: 422,
    message: 'To erase the account for good, type its own e-mail address as the confirmation.',
  },
});

/** Nothing in it is about a person: the id leads nowhere any more. */
export const userErased = defineEvent<{ receipt: string; tables: string[]; rows: number }>('user.erased', {
  audit: 'An account was erased for good, with everything that was kept about its owner.',
  stream: true,
  webhook: true,
});

export const dataExported = defineEvent<Record<string, never>>('user_data.exported', {
  audit: 'Somebody took a copy of everything that is kept about them.',
});

export const privacyPermissions = definePermissions({
  'users:erase': 'Erase any user for good, with everything that is kept about them.',
});
