import { defineErrors } from '../../kernel/errors.js';
import { definePermissions } from '../../kernel/permission.js';

export const authenticationErrors = defineErrors({
  CREDENTIAL_INVALID: { status: 401, message: 'The credential is malformed or of an unknown kind.' },
});

export const authenticationPermissions = definePermissions({
  'tokens:introspect': 'Ask whether a token for one of your audiences is active.',
});
