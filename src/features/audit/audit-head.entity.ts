import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const AuditHeadSchema = defineEntity({
  name: 'AuditHead',
  tableName: 'audit_head',
  properties: {
    /** Always 1: there is one chain. */
    id: p.integer().primary().autoincrement(false),
    sequence: p.bigint('number'),
    hash: p.string().length(64),
  },
});

/** The last link, kept apart so that cutting off the tail of the chain shows. */
export class AuditHead extends AuditHeadSchema.class {}
AuditHeadSchema.setClass(AuditHead);

export { AuditHeadSchema };
