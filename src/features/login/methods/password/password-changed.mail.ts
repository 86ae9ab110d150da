import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To the owner of an account that got another password, whoever set it. */
export const passwordChangedMail = defineMail('password_changed', { when: '2026-01-31T12:00:00.000Z' });
