import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To somebody whose second factors two admins have removed. */
export const factorsRemovedByAdminsMail = defineMail('factors_removed_by_admins', {
  when: '2026-01-31T12:00:00.000Z',
});
