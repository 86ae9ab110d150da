import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the address that an account had until an admin deleted it. */
export const accountDeletedMail = defineMail('account_deleted', { days: 30 });
