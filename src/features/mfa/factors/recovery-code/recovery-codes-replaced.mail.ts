import { defineMail } from '../../../../platform/mail/mail-definition.js';

/** To the owner of an account whose recovery codes were replaced by new ones. */
export const recoveryCodesReplacedMail = defineMail('recovery_codes_replaced', {
  when: '2026-01-31T12:00:00.000Z',
});
