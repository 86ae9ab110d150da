import { LoggedEvent } from '../../platform/events/event-log.entity.js';
import { OutgoingMail } from '../../platform/mail/outgoing-mail.entity.js';
import type { PersonalData } from '../../platform/personal-data.js';

/** What the tables that belong to no feature keep about people. */
export const platformPersonalData: readonly PersonalData[] = [
  {
    table: 'outgoing_mails',
    about: 'Mails to the person that are not delivered yet, encrypted.',
    action: 'deleted',
    because: 'Nobody is left to be written to, and what their links and codes were for is gone.',
    count: async (em, { userId }) => await em.count(OutgoingMail, { userId }),
    erase: async (em, { userId }) => {
      await em.nativeDelete(OutgoingMail, { userId });
    },
    export: async (em, { userId }) => {
      const mails = await em.find(OutgoingMail, { userId }, { orderBy: { createdAt: 'asc' } });
      return mails.map(({ kind, createdAt }) => ({ kind, createdAt: createdAt.toISOString() }));
    },
  },
  {
    table: 'event_log',
    about: 'The ids of the account and of its sessions in the announcements of the last seven days.',
    action: 'kept',
    because: 'The other processes and services have yet to hear of them, to forget the account as well.',
    count: async (em, { userId }) => await em.count(LoggedEvent, { userId }),
  },
];
