import { defineEntity } from '@mikro-orm/core';
import type { PersonalFacts } from '../../kernel/event.js';

const p = defineEntity.properties;

const AuditPersonalSchema = defineEntity({
  name: 'AuditPersonal',
  tableName: 'audit_personal',
  indexes: [
    {
      // Finds the facts that name somebody where no account was known: a failed sign-in before there was one.
      name: 'audit_personal_unattributed_index',
      expression:
        "create index audit_personal_unattributed_index on audit_personal using gin (jsonb_path_query_array(facts, '$.*')) where user_id is null",
    },
  ],
  properties: {
    eventId: p.uuid().primary(),
    userId: p.uuid().strictNullable().index(),
    salt: p.string().length(50),
    facts: p.json<PersonalFacts>(),
  },
});

/** The personal facts of an audit event, in a row of its own that can be erased: the chain still verifies. */
export class AuditPersonal extends AuditPersonalSchema.class {}
AuditPersonalSchema.setClass(AuditPersonal);

export { AuditPersonalSchema };
