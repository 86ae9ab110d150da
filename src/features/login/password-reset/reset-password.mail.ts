import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To somebody who has asked for another password. */
export const resetPasswordMail = defineMail('reset_password', {
  link: 'https://example.com/account/reset-password#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  minutes: 60,
});
