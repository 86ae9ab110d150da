import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To the owner of an account who has just used one of the last recovery codes. */
export const recoveryCodesLowMail = defineMail('recovery_codes_low', {
  left: 2,
  when: '2026-01-31T12:00:00.000Z',
});
