import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To the owner of an address for whom somebody, perhaps another, had chosen a password before it was proved. */
export const passwordDiscardedMail = defineMail('password_discarded', { when: '2026-01-31T12:00:00.000Z' });
