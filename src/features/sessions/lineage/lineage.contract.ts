import { defineEvent } from '../../../kernel/event.js';

/** `credentials` as `<kind>:<id>`. What was removed says so in events of its own, too. */
export const lineageRevoked = defineEvent<{ by: string; credentials: string[]; sessions: string[] }>(
  'lineage.revoked',
  { audit: 'What a session had planted was removed.', webhook: true },
);
