import { defineErrors } from '../../../../kernel/errors.js';
import { defineEvent } from '../../../../kernel/event.js';

export const loginLinkErrors = defineErrors({
  LOGIN_LINK_DISABLED: { status: 403, message: 'Signing in by mail is switched off.' },
  LOGIN_LINK_ELSEWHERE: {
    status: 403,
    message:
      'This link works only in the browser that asked for it; enter the code of the mail there instead.',
  },
});

/** The answer tells nobody whether there is such an account; the audit trail does. */
export const loginLinkRequested = defineEvent<Record<string, never>>('login_link.requested', {
  audit: 'Somebody asked for a link and a code that sign in.',
});

/** Whoever has the link has read the mail, or somebody who passed it on has. */
export const loginLinkRefused = defineEvent<Record<string, never>>('login_link.refused', {
  audit: 'A link that signs in was used in another browser than the one that asked for it.',
  webhook: true,
});

/** What was opened with the password has ended in the same transaction. */
export const passwordDiscarded = defineEvent<Record<string, never>>('password.discarded', {
  audit:
    'A password ended that somebody else may have set: its address was proved by its owner, or a session was undone.',
  stream: true,
  webhook: true,
});
