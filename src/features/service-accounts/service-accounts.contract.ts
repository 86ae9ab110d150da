import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const serviceAccountErrors = defineErrors({
  CLIENT_INVALID: { status: 401, message: 'The client is unknown, or its secret is wrong.' },
  SERVICE_ACCOUNT_NAME_TAKEN: { status: 409, message: 'Another service account has this name.' },
});

export const serviceAccountCreated = defineEvent<{ name: string; audiences: string[]; roles: string[] }>(
  'service_account.created',
  { audit: 'A service account was created.', webhook: true, opens: true },
);

export const clientSecretCreated = defineEvent<{ clientSecretId: string }>('client_secret.created', {
  audit: 'A client secret was created.',
  webhook: true,
  opens: true,
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
  'service_accounts:disable': 'Disable service accounts.',
});
