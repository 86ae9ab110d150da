import { addSeconds, type Clock } from '../kernel/clock.js';
import { CronRunSchema } from '../platform/database/cron-run.entity.js';
import type { EntityManager } from '../platform/database/orm.js';
import { EVENT_RETENTION_DAYS, type EventLog } from '../platform/events/event-log.js';
import type { JobDefinition } from '../platform/feature.js';
import type { RateLimiters } from '../platform/rate-limiter.js';

interface Services {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly limiters: RateLimiters;
}

/** Every night: events past their retention, spent budgets and the slots of old job runs go. */
export const housekeepingJob: JobDefinition<Services> = {
  name: 'housekeeping',
  schedule: '53 2 * * *',
  run: async ({ em, clock, eventLog, limiters }) => {
    const before = addSeconds(clock.now(), -EVENT_RETENTION_DAYS * 86_400);
    await eventLog.purge(before);
    await limiters.purgeExpired(clock.now());
    await em.fork().nativeDelete(CronRunSchema, { startedAt: { $lt: before } });
  },
};
