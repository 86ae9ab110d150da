import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

/** One slot of one job: whoever inserts the row runs it (ADR 0003). */
export const CronRunSchema = defineEntity({
  name: 'CronRun',
  tableName: 'cron_run',
  properties: {
    key: p.string().length(255).primary(),
    startedAt: p.datetime().length(3).index(),
    completedAt: p.datetime().length(3).strictNullable(),
  },
});
