import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the address that an account is to have from now on. */
export const confirmNewEmailMail = defineMail('confirm_new_email', {
  link: 'https://example.com/account/confirm-email#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  code: '123456',
  hours: 24,
});
