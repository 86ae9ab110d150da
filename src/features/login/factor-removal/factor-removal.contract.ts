import { defineErrors } from '../../../kernel/errors.js';
import { defineEvent } from '../../../kernel/event.js';
import { definePermissions } from '../../../kernel/permission.js';

/** What asks for the removal of somebody's second factors, confirms it and sees what is asked for. */
export const REMOVE_FACTORS = 'users:mfa';

export const factorRemovalPermissions = definePermissions({
  [REMOVE_FACTORS]:
    'Require a second factor of a user; ask that one be rid of their second factors, and confirm what another admin asked for.',
});

export const factorRemovalErrors = defineErrors({
  FACTOR_REMOVAL_NOT_FOUND: { status: 404, message: 'Nobody has asked for such a removal.' },
  FACTOR_REMOVAL_OVER: {
    status: 409,
    message:
      'This removal was confirmed or withdrawn, has expired, or whoever asked may no longer ask for it.',
  },
  FACTOR_REMOVAL_PENDING: {
    status: 409,
    message: 'A removal is asked for already; another admin confirms it, or somebody withdraws it.',
  },
  FACTOR_REMOVAL_USER_CLOSED: { status: 409, message: 'This account is closed; open it first.' },
  FACTOR_REMOVAL_IS_OWN: {
    status: 403,
    message: 'Nobody takes part in the removal of their own second factors.',
  },
  SECOND_ADMIN_REQUIRED: { status: 403, message: 'Another admin than the one who asked must confirm.' },
  SECOND_ADMIN_TOO_NEW: {
    status: 403,
    message: 'Who confirms must have held the permission for 24 hours.',
  },
  FACTOR_REMOVAL_NEEDS_FACTOR: {
    status: 403,
    message:
      'Who asks for such a removal or confirms it signs in with an authenticator app or a passkey of at least 24 hours.',
  },
});

export const factorRemovalRequested = defineEvent<{ removalId: string }>('factor_removal.requested', {
  audit: 'An admin asked that an account be rid of its second factors.',
  stream: true,
  webhook: true,
  opens: true,
});

/** The actor confirmed it; sessions and trusted devices ended in the same transaction. */
export const factorRemovalConfirmed = defineEvent<{ removalId: string; askedBy: string }>(
  'factor_removal.confirmed',
  {
    audit: 'An account lost its second factors: two admins wanted it.',
    stream: true,
    webhook: true,
    opens: true,
  },
);

export const factorRemovalWithdrawn = defineEvent<{ removalId: string; askedBy: string }>(
  'factor_removal.retracted',
  { audit: 'The wish that an account be rid of its second factors was taken back.', webhook: true },
);
