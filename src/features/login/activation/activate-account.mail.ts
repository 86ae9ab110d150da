import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To somebody for whom an admin has opened an account. */
export const activateAccountMail = defineMail('activate_account', {
  link: 'https://example.com/account/activate#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  hours: 72,
});
