import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';

export const lockoutErrors = defineErrors({
  TOO_MANY_ATTEMPTS: { status: 429, message: 'Too many attempts; wait and try again.' },
});

/** Emitted by the flow that judged the attempt, together with its own event of the failure. */
export const lockoutStarted = defineEvent<{ readonly scopes: readonly string[] }>('lockout.started', {
  audit: 'Too many attempts failed; further ones are refused for a while.',
  webhook: true,
});

/** The subject is the user whose account it was. */
export const lockoutCleared = defineEvent<Record<string, never>>('lockout.cleared', {
  audit: 'The failed attempts at an account were forgotten, so that the next one is judged.',
  webhook: true,
});
