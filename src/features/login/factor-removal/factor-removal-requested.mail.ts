import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To somebody whose second factors an admin wants to remove, while there is time to object. */
export const factorRemovalRequestedMail = defineMail('factor_removal_requested', {
  when: '2026-01-31T12:00:00.000Z',
  hours: 24,
});
