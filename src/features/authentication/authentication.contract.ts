import { defineErrors } from '../../kernel/errors.js';
import { definePermissions } from '../../kernel/permission.js';
import type { MetricDefinition } from '../../platform/metrics.js';

export const authenticationErrors = defineErrors({
  CREDENTIAL_INVALID: { status: 401, message: 'The credential is malformed or of an unknown kind.' },
  GATEWAY_QUESTION_INVALID: {
    status: 403,
    message: 'The gateway asks with a parameter that is unknown, repeated or malformed: nobody gets through.',
  },
});

export const authenticationPermissions = definePermissions({
  'tokens:introspect': 'Ask whether a token for one of your audiences is active.',
  'metrics:read': 'Read the counters of the server.',
});

export const introspections: MetricDefinition = {
  name: 'latchkey_introspections_total',
  help: 'Tokens that resource servers have asked about.',
  labels: ['token', 'result'],
};

export const keyChecks: MetricDefinition = {
  name: 'latchkey_key_checks_total',
  help: 'API keys that resource servers have asked about in the short form.',
  labels: ['result'],
};

export const validations: MetricDefinition = {
  name: 'latchkey_validations_total',
  help: 'Requests that gateways have asked about.',
  labels: ['principal', 'result'],
};

export const apiKeyUses: MetricDefinition = {
  name: 'latchkey_api_key_uses_total',
  help: 'API keys that requests to this API came with.',
  labels: ['result'],
};
