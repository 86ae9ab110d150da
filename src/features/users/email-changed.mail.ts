import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the address that an account had until now: the link puts it back. */
export const emailChangedMail = defineMail('email_changed', {
  newEmail: 'j•••@example.org',
  link: 'https://example.com/account/undo-email-change#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  hours: 72,
});
