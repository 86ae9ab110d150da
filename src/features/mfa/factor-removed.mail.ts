import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the owner of an account that lost a second factor, whoever took it. */
export const factorRemovedMail = defineMail('factor_removed', {
  kind: 'totp',
  when: '2026-01-31T12:00:00.000Z',
});
