import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const userErrors = defineErrors({
  USER_NOT_FOUND: { status: 404, message: 'There is no such user, or you may not see them.' },
  EMAIL_TAKEN: { status: 409, message: 'Another account has this e-mail address.' },
});

export const userCreated = defineEvent<{ by: string }>('user.created', {
  audit: 'An account was created.',
  webhook: true,
});

/** Whatever the account may no longer do ends in the same transaction. */
export const userDeactivated = defineEvent<{ reason: string }>('user.deactivated', {
  audit: 'An account was deactivated.',
  stream: true,
  webhook: true,
});

export const userPermissions = definePermissions({
  'users:list': 'See the list of users.',
  'users:read': 'See any user.',
});
