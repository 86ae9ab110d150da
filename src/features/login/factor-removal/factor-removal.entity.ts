import { defineEntity } from '@mikro-orm/core';
import { User } from '../../users/user.entity.js';

const p = defineEntity.properties;

const FactorRemovalSchema = defineEntity({
  name: 'FactorRemoval',
  tableName: 'factor_removals',
  properties: {
    id: p.uuid().primary(),
    /** Whose second factors are to go. */
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** The admin who asked, and the session they asked through. */
    askedBy: p.uuid(),
    askedBySessionId: p.uuid().strictNullable(),
    reason: p.string().length(500),
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3),
    /** Another admin, who made it so. */
    confirmedBy: p.uuid().strictNullable(),
    confirmedAt: p.datetime().length(3).strictNullable(),
    /** When somebody took it back. */
    withdrawnAt: p.datetime().length(3).strictNullable(),
  },
});

/** The wish of one admin, for another to confirm, that a user be rid of their second factors. */
export class FactorRemoval extends FactorRemovalSchema.class {}
FactorRemovalSchema.setClass(FactorRemoval);

export { FactorRemovalSchema };
