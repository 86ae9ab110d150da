import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const sessionErrors = defineErrors({
  SESSION_EXPIRED: { status: 401, message: 'The session has ended; sign in again.' },
  SESSION_NOT_FOUND: { status: 404, message: 'There is no such session, or you may not see it.' },
  REFRESH_INVALID: { status: 401, message: 'The refresh token is not valid; sign in again.' },
  REFRESH_REUSED: {
    status: 401,
    message: 'The refresh token had been used before, so the whole session was ended; sign in again.',
  },
});

/** Why a session ended. */
export type RevokeReason =
  | 'logout'
  | 'revoked_by_user'
  | 'revoked_by_admin'
  | 'refresh_token_reused'
  | 'user_deactivated'
  | 'user_deleted'
  | 'password_changed'
  | 'password_reset'
  | 'email_changed'
  | 'second_factor_added'
  | 'second_factor_required'
  | 'credential_removed'
  | 'lineage_revoked'
  | 'factors_removed';

export const sessionCreated = defineEvent<{ method: string; amr: string[]; acr: string }>('session.created', {
  audit: 'A session began.',
  webhook: true,
});

export const sessionReauthenticated = defineEvent<{ amr: string[]; acr: string }>('session.reauthenticated', {
  audit: 'The user of a session proved again who they are.',
  stream: true,
  webhook: true,
});

export const sessionRevoked = defineEvent<{ reason: RevokeReason }>('session.revoked', {
  audit: 'A session was ended.',
  stream: true,
  webhook: true,
});

export const refreshTokenReused = defineEvent<{ refreshTokenId: string }>('refresh_token.reused', {
  audit: 'A refresh token was used a second time: it, or its successor, is in the wrong hands.',
  webhook: true,
});

export const sessionPermissions = definePermissions({
  'sessions:read': 'See the sessions of any user.',
  'sessions:revoke': 'End the sessions of any user.',
  'sessions:watch': 'Subscribe to the end of every session.',
});
