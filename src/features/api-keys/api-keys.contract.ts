import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';
import type { Uprooting } from '../../platform/credential-kind.js';

/** How each key begins, and no other credential: secret scanners recognise a leaked one by it. */
export const API_KEY_PREFIX = 'lk_';

export const apiKeyErrors = defineErrors({
  API_KEY_INVALID: {
    status: 401,
    message: 'The API key is unknown, wrong, expired or revoked, or not for where you are.',
  },
  API_KEY_NOT_FOUND: { status: 404, message: 'There is no such API key, or it is not yours to change.' },
  API_KEY_ENDED: { status: 409, message: 'The API key has ended, or was replaced: create another one.' },
  API_KEY_LIMIT: { status: 409, message: 'There are 100 API keys that work: end one of them first.' },
  API_KEY_OWNER_INACTIVE: {
    status: 409,
    message: 'Whoever is to own the API key is deactivated or disabled.',
  },
  API_KEY_TOO_WIDE: {
    status: 403,
    message: 'A key gets no more than its owner and you hold, and nothing that opens further ways in.',
  },
});

/** Why a key ended, other than by its expiry. */
export type ApiKeyEnd =
  | 'revoked_by_user'
  | 'revoked_by_service_account'
  | 'revoked_by_admin'
  | Uprooting
  | 'user_deactivated'
  | 'user_deleted'
  | 'password_reset'
  | 'rotated'
  | 'expired';

/** Without the name: people write what they like into it. The account that owns it, where that is no user. */
export const apiKeyCreated = defineEvent<{
  scopes: string[];
  expiresAt: string;
  serviceAccountId: string | null;
}>('api_key.created', {
  audit: 'An API key was created.',
  stream: true,
  webhook: true,
  opens: true,
});

/** What the key may do, or from where, is something else from then on. */
export const apiKeyUpdated = defineEvent<{ changed: readonly string[] }>('api_key.updated', {
  audit: 'An API key was changed.',
  stream: true,
  webhook: true,
  opens: true,
});

/** The subject is the key that is replaced: it ends at `expiresAt`. */
export const apiKeyRotated = defineEvent<{ replacedById: string; expiresAt: string }>('api_key.rotated', {
  audit: 'An API key was replaced.',
  stream: true,
  webhook: true,
  opens: true,
});

/** Whatever holds the key is refused from then on. */
export const apiKeyRevoked = defineEvent<{ reason: ApiKeyEnd }>('api_key.revoked', {
  audit: 'An API key was ended.',
  stream: true,
  webhook: true,
});

/** The key ends in so many days; whoever can replace it was written to, if there is somebody. */
export const apiKeyExpiryNoticed = defineEvent<{ days: number; expiresAt: string }>(
  'api_key_expiry.noticed',
  {
    audit: false,
    webhook: true,
  },
);

export const apiKeyPermissions = definePermissions({
  'api_keys:list': 'See the API keys of any user and service account.',
  'api_keys:create':
    'Create and replace API keys for service accounts, and for users who may do no more than oneself.',
  'api_keys:modify': 'Change the API keys of service accounts, and of users who may do no more than oneself.',
  'api_keys:revoke': 'End the API keys of service accounts, and of users who may do no more than oneself.',
});

/** Permissions that no key has, whoever it belongs to: with them, one that leaked could make itself another way in. */
export const BEYOND_KEYS: ReadonlySet<string> = new Set([
  'api_keys:create',
  'api_keys:modify',
  'groups:manage',
  'roles:manage',
  'service_accounts:create',
  'service_accounts:modify',
]);
