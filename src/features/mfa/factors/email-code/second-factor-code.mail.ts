import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To the owner of an account: six digits, and what they are asked for. */
export const secondFactorCodeMail = defineMail('second_factor_code', {
  code: '123456',
  minutes: 10,
  use: 'login',
});
