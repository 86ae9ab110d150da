import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../../platform/database/lineage-columns.js';
import { User } from '../../../users/user.entity.js';

const p = defineEntity.properties;

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_codes',
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** SHA-256, hexadecimal: a code has at least 112 random bits. */
    codeHash: p.string().length(64).unique(),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3).strictNullable(),
    ...lineageColumns(),
  },
});

/** A code on paper, for the day when the other factors are lost; it works once. */
export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode);

export { RecoveryCodeSchema };
