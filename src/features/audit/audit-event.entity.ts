import { defineEntity } from '@mikro-orm/core';
import type { EventPayload } from '../../kernel/event.js';

const p = defineEntity.properties;

const AuditEventSchema = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  indexes: [
    { properties: ['userId', 'sequence'] },
    { properties: ['name', 'sequence'] },
    { properties: ['subjectId', 'sequence'] },
    { properties: ['actorId', 'sequence'] },
  ],
  properties: {
    /** 1, 2, 3 … without a gap, in the order of commits. */
    sequence: p.bigint('number').primary().autoincrement(false),
    id: p.uuid().unique(),
    name: p.string().length(100),
    occurredAt: p.datetime().length(3),
    actorKind: p.string().length(30),
    actorId: p.uuid().strictNullable(),
    actorSessionId: p.uuid().strictNullable(),
    subjectType: p.string().length(50),
    subjectId: p.string().length(100),
    /** No foreign key: the row outlives the user's erasure. */
    userId: p.uuid().strictNullable(),
    payload: p.json<EventPayload>(),
    personalDigest: p.string().length(64),
    keyId: p.string().length(16),
    previousHash: p.string().length(64),
    hash: p.string().length(64),
  },
});

/** One link of the audit chain: append-only, without personal data. */
export class AuditEvent extends AuditEventSchema.class {}
AuditEventSchema.setClass(AuditEvent);

export { AuditEventSchema };
