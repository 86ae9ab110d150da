import { defineEvent } from '../../../kernel/event.js';

/** The answer tells nobody whether there is such an account; the audit trail does. */
export const passwordResetRequested = defineEvent<Record<string, never>>('password_reset.requested', {
  audit: 'Somebody asked for a link that sets another password.',
});
