import { defineMail } from '../../../platform/mail/mail-definition.js';

/** To the owner of an account that is spared its second factor on a device from now on. */
export const deviceTrustedMail = defineMail('device_trusted', {
  device: 'Chrome on Windows',
  when: '2026-01-31T12:00:00.000Z',
  until: '2026-03-02T12:00:00.000Z',
});
