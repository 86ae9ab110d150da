import { defineMail } from '../../platform/mail/mail-definition.js';

/** To whoever can replace a key before it ends: its owner, or who made it for a service account. */
export const apiKeyExpiringMail = defineMail('api_key_expiring', {
  name: 'nightly report',
  days: 14,
  when: '2026-01-31T12:00:00.000Z',
});
