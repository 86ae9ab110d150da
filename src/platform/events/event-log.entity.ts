import { defineEntity } from '@mikro-orm/core';
import type { EventPayload } from '../../kernel/event.js';

const p = defineEntity.properties;

const LoggedEventSchema = defineEntity({
  name: 'LoggedEvent',
  tableName: 'event_log',
  indexes: [{ properties: ['occurredAt'] }, { properties: ['userId', 'position'] }],
  properties: {
    /** Assigned under the log's lock, so a reader that has seen a position has seen all below it. */
    position: p.bigint('number').primary().autoincrement(),
    id: p.uuid().unique(),
    name: p.string().length(100),
    subjectType: p.string().length(50),
    subjectId: p.string().length(100),
    userId: p.uuid().strictNullable(),
    payload: p.json<EventPayload>(),
    occurredAt: p.datetime().length(3),
  },
});

/** A streamed event in commit order: what other processes, subscriptions and webhooks read. */
export class LoggedEvent extends LoggedEventSchema.class {}
LoggedEventSchema.setClass(LoggedEvent);

export { LoggedEventSchema };
