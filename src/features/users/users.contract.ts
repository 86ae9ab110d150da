import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const userErrors = defineErrors({
  USER_NOT_FOUND: { status: 404, message: 'There is no such user, or you may not see them.' },
  USER_DELETED: { status: 409, message: 'This account is deleted; restore it first.' },
  USERNAME_TAKEN: { status: 409, message: 'Another account has this username.' },
  EMAIL_TAKEN: { status: 409, message: 'Another account has this e-mail address.' },
  EMAIL_IS_OWN: { status: 403, message: 'Change your own address with `changeEmail`.' },
  EMAIL_UNCHANGED: { status: 422, message: 'This is the e-mail address that the account has already.' },
});

/** So long an account that was deleted can be restored. */
export const DELETED_KEPT_DAYS = 30;

export const userCreated = defineEvent<{ by: string }>('user.created', {
  audit: 'An account was created.',
  webhook: true,
  opens: true,
});

/** Facts of the account were changed: by its owner or by an admin, as the actor tells. */
export const userUpdated = defineEvent<{ fields: string[] }>('user.updated', {
  audit: 'Facts of an account were changed.',
  stream: true,
  webhook: true,
  opens: true,
});

export const emailVerified = defineEvent<Record<string, never>>('email.verified', {
  audit: 'Somebody proved that the e-mail address of their account is theirs.',
  stream: true,
  webhook: true,
});

/** The answer tells nobody whether there is such an account; the audit trail does. */
export const emailVerificationRequested = defineEvent<Record<string, never>>('email_verification.requested', {
  audit: 'Somebody asked for a mail that proves an e-mail address.',
});

export const emailChangeRequested = defineEvent<Record<string, never>>('email_change.requested', {
  audit: 'Somebody asked for another e-mail address of their account; the new one has to confirm it.',
  opens: true,
});

/**
 * How an account came to another address: `keptSessionId` is the session that asked for it, `since` the time (ISO 8601)
 * of the change that was taken back.
 */
export type EmailChange =
  | { readonly by: 'user'; readonly keptSessionId: string }
  | { readonly by: 'admin' }
  | { readonly by: 'undo'; readonly since: string };

export const emailChanged = defineEvent<EmailChange>('email.changed', {
  audit: 'The e-mail address of an account was changed.',
  stream: true,
  webhook: true,
  opens: true,
});

/** Whatever the account may no longer do ends in the same transaction. */
export const userDeactivated = defineEvent<{ reason: string }>('user.deactivated', {
  audit: 'An account was deactivated.',
  stream: true,
  webhook: true,
});

/** Nothing that was ended comes back by itself: only the account does. */
export const userReactivated = defineEvent<Record<string, never>>('user.reactivated', {
  audit: 'An account was opened again.',
  stream: true,
  webhook: true,
  opens: true,
});

/** Whatever the account could do has ended in the same transaction, and its names are free. */
export const userDeleted = defineEvent<{ reason: string }>('user.deleted', {
  audit: 'An account was deleted; it will be erased when the retention is over.',
  stream: true,
  webhook: true,
});

/** One for every batch, and none for each account: the batch is what somebody did. */
export const usersImported = defineEvent<{ created: number; skipped: number; refused: number }>(
  'users.imported',
  {
    audit: 'Accounts were imported.',
    webhook: true,
    opens: true,
  },
);

/** One for every page. */
export const usersExported = defineEvent<{ count: number; withPasswordHashes: boolean }>('users.exported', {
  audit: 'Accounts were exported.',
  webhook: true,
});

export const userPermissions = definePermissions({
  'users:list': 'See the list of users, search it, and export it.',
  'users:read': 'See any user, and what happened to their account.',
  'users:create': 'Create and import users.',
  'users:modify': 'Change facts and the password of any user, and lift their lockout.',
  'users:deactivate': 'Deactivate, reactivate and delete any user.',
});
