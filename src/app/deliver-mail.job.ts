import type { JobDefinition } from '../platform/feature.js';
import type { MailOutbox } from '../platform/mail/mail-outbox.js';

/**
 * Every ten seconds: mails that are due again, and those that a process left behind, are delivered. New ones do not
 * wait for it.
 */
export const deliverMailJob: JobDefinition<{ mails: MailOutbox }> = {
  name: 'deliver-mail',
  schedule: '*/10 * * * * *',
  run: async ({ mails }) => mails.wake(),
};
