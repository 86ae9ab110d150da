import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the address that an account had until an admin gave it another. */
export const emailChangedByAdminMail = defineMail('email_changed_by_admin', {
  newEmail: 'j•••@example.org',
});
