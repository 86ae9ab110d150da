import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To the owner of an account whose address somebody has just tried to sign up with. */
export const accountExistsMail = defineMail('account_exists', {
  link: 'https://example.com/account/reset-password#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  minutes: 60,
});
