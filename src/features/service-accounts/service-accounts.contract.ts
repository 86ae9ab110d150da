import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';
import type { MetricDefinition } from '../../platform/metrics.js';

export const serviceAccountErrors = defineErrors({
  CLIENT_INVALID: { status: 401, message: 'The client is unknown, or its secret is wrong.' },
  SERVICE_ACCOUNT_NOT_FOUND: { status: 404, message: 'There is no such service account.' },
  CLIENT_SECRET_NOT_FOUND: { status: 404, message: 'There is no such client secret, or it has ended.' },
  CLIENT_SECRET_REPLACED: { status: 409, message: 'The client secret has been replaced already.' },
  CLIENT_SECRET_LIMIT: {
    status: 409,
    message: 'The service account has ten client secrets that still work.',
  },
  AUDIENCE_TOO_WIDE: {
    status: 403,
    message: 'You cannot give an audience to own that you neither manage nor own.',
  },
  SERVICE_ACCOUNT_NAME_TAKEN: { status: 409, message: 'Another service account has this name.' },
});

export const serviceAccountCreated = defineEvent<{ name: string; audiences: string[]; roles: string[] }>(
  'service_account.created',
  { audit: 'A service account was created.', webhook: true, opens: true },
);

/**
 * The subject is the account; what its tokens may carry, or whether it is enabled, may be something else from then on.
 * With `tokensNotBefore` among what changed, its tokens of before have ended.
 */
export const serviceAccountUpdated = defineEvent<{ changed: readonly string[] }>('service_account.updated', {
  audit: 'A service account was changed.',
  stream: true,
  webhook: true,
  opens: true,
});

/** The subject is the account. */
export const clientSecretCreated = defineEvent<{ clientSecretId: string }>('client_secret.created', {
  audit: 'A client secret was created.',
  webhook: true,
  opens: true,
});

/** The subject is the secret that is replaced: it ends at `expiresAt`, and what came with it ends as well. */
export const clientSecretRotated = defineEvent<{
  serviceAccountId: string;
  replacedById: string;
  expiresAt: string;
}>('client_secret.rotated', {
  audit: 'A client secret was replaced.',
  stream: true,
  webhook: true,
  opens: true,
});

/** Why a client secret ended, other than by its expiry. */
export type ClientSecretEnd = 'revoked' | 'rotated' | 'lineage' | 'email_undo';

/** The subject is the secret; the access tokens that were issued for it are refused from then on. */
export const clientSecretRevoked = defineEvent<{ serviceAccountId: string; reason: ClientSecretEnd }>(
  'client_secret.revoked',
  { audit: 'A client secret was ended.', stream: true, webhook: true },
);

/** The subject is the secret: it ends in so many days, and who created it was written to, if they are still there. */
export const clientSecretExpiryNoticed = defineEvent<{
  serviceAccountId: string;
  days: number;
  expiresAt: string;
}>('client_secret_expiry.noticed', { audit: false, webhook: true });

/** The subject is the token (`jti`). */
export const machineTokenRevoked = defineEvent<{ serviceAccountId: string }>('machine_token.revoked', {
  audit: 'A service account ended an access token of its own.',
  stream: true,
});

/** Whatever holds the account's credentials is refused from then on. */
export const serviceAccountDisabled = defineEvent<{ name: string }>('service_account.disabled', {
  audit: 'A service account was disabled.',
  stream: true,
  webhook: true,
});

export const serviceAccountPermissions = definePermissions({
  'service_accounts:read': 'See the service accounts.',
  'service_accounts:create': 'Create service accounts.',
  'service_accounts:modify':
    'Change and enable service accounts, and create, replace and end their client secrets, as far as one’s own rights go.',
  'service_accounts:disable': 'Disable service accounts.',
});

export const clientAuthentications: MetricDefinition = {
  name: 'latchkey_client_authentications_total',
  help: 'Client secrets that were presented.',
  labels: ['result'],
};
