import { defineMail } from '../../platform/mail/mail-definition.js';

/** To an address that somebody says is theirs: the link and the code prove it, each once. */
export const verifyEmailMail = defineMail('verify_email', {
  link: 'https://example.com/account/verify-email#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  code: '123456',
  hours: 24,
});
