import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const signingKeyErrors = defineErrors({
  SIGNING_KEY_TOO_FRESH: {
    status: 409,
    message: 'The next key was published too recently for every verifier to know it; wait and try again.',
  },
});

export const signingKeyRotated = defineEvent<{ previousKid: string; kid: string; overlapSeconds: number }>(
  'signing_key.rotated',
  { audit: 'The signing key was rotated.', stream: true, webhook: true },
);

export const signingKeyPermissions = definePermissions({
  'signing_keys:read': 'See the signing keys (their public part).',
  'signing_keys:rotate': 'Rotate the signing key.',
});
