import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To somebody who wants to sign in: the link for the browser that asked, the code for wherever it was asked. */
export const loginLinkMail = defineMail('login_link', {
  link: 'https://example.com/account/login#token=Yp5bq0lG3uXw9zNfVhR2kTt8sEo1cJ6mDa4iLrQxBvM',
  code: '123456',
  minutes: 10,
});
