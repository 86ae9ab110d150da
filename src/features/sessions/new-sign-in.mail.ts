import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the owner of an account that somebody signed in to on a device and from a network that were both new. */
export const newSignInMail = defineMail('new_sign_in', {
  device: 'Chrome on Windows',
  when: '2026-01-31T12:00:00.000Z',
});
