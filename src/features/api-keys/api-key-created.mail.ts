import { defineMail } from '../../platform/mail/mail-definition.js';

/** To the owner of an account that has got an API key, whoever made it. */
export const apiKeyCreatedMail = defineMail('api_key_created', {
  name: 'nightly report',
  when: '2026-01-31T12:00:00.000Z',
});
