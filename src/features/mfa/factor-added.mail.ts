import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the owner of an account that got another second factor. */
export const factorAddedMail = defineMail('factor_added', { kind: 'totp', when: '2026-01-31T12:00:00.000Z' });
