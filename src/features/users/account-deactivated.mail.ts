import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the owner of an account that an admin has closed. */
export const accountDeactivatedMail = defineMail('account_deactivated', {});
