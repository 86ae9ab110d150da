import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';
import type { MetricDefinition } from '../../platform/metrics.js';

export const tokenErrors = defineErrors({
  TOKEN_EXPIRED: { status: 401, message: 'The access token has expired; refresh the session.' },
  TOKEN_INVALID: { status: 401, message: 'The access token is not valid.' },
  AUDIENCE_UNKNOWN: { status: 422, message: 'No such audience is registered.' },
  AUDIENCE_TAKEN: { status: 409, message: 'This audience is registered already.' },
});

export const audienceRegistered = defineEvent<{ identifier: string }>('audience.registered', {
  audit: 'An audience was registered.',
});

export const tokenPermissions = definePermissions({
  'audiences:read': 'See the registered audiences.',
  'audiences:manage': 'Register audiences.',
});

export const tokensIssued: MetricDefinition = {
  name: 'latchkey_tokens_issued_total',
  help: 'Access tokens that were issued.',
  labels: ['principal'],
};
