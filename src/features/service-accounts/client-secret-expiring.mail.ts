import { defineMail } from '../../platform/mail/mail-definition.js';

/** To who created a client secret, before it ends. */
export const clientSecretExpiringMail = defineMail('client_secret_expiring', {
  account: 'orders',
  name: 'first',
  days: 14,
  when: '2026-01-31T12:00:00.000Z',
});
