import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../../platform/database/lineage-columns.js';
import { User } from '../../../users/user.entity.js';

const p = defineEntity.properties;

const EmailCodeSchema = defineEntity({
  name: 'EmailCode',
  tableName: 'email_code_factors',
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').unique(),
    /** The proved address that its owner enrolled it for; null in rows from before that was kept. */
    email: p.string().length(254).strictNullable(),
    createdAt: p.datetime().length(3),
    lastUsedAt: p.datetime().length(3).strictNullable(),
    ...lineageColumns(),
  },
});

/** That a user takes codes by mail as a second factor. */
export class EmailCode extends EmailCodeSchema.class {}
EmailCodeSchema.setClass(EmailCode);

export { EmailCodeSchema };
