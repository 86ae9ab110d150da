import { addSeconds, type Clock } from '../kernel/clock.js';
import { CronRunSchema } from '../platform/database/cron-run.entity.js';
import type { EntityManager } from '../platform/database/orm.js';
import { EVENT_RETENTION_DAYS, type EventLog } from '../platform/events/event-log.js';
import type { JobDefinition } from '../platform/feature.js';
import type { MailOutbox } from '../platform/mail/mail-outbox.js';
import type { RateLimiters } from '../platform/rate-limiter.js';

interface Services {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly limiters: RateLimiters;
  readonly mails: MailOutbox;
}

/** Every night: events past their retention, spent budgets, mails given up and the slots of old job runs go. */
export const housekeepingJob: JobDefinition<Services> = {
  name: 'housekeeping',
  schedule: '53 2 * * *',
  run: async ({ em, clock, eventLog, limiters, mails }) => {
    const before = addSeconds(clock.now(), -EVENT_RETENTION_DAYS * 86_400);
    await eventLog.purge(before);
    await limiters.purgeExpired(clock.now());
    await mails.purge();
    await em.fork().nativeDelete(CronRunSchema, { startedAt: { $lt: before } });
  },
};
