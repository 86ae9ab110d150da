import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To the owner of an account that lost what one of its sessions had planted, whoever took it. */
export const credentialsRemovedMail = defineMail('credentials_removed', {
  count: 3,
  when: '2026-01-31T12:00:00.000Z',
});
