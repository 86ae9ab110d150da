import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../../platform/database/lineage-columns.js';
import { User } from '../../../users/user.entity.js';

const p = defineEntity.properties;

const PasswordSchema = defineEntity({
  name: 'Password',
  tableName: 'passwords',
  properties: {
    userId: () => p.oneToOne(User).mapToPk().primary().fieldName('user_id').deleteRule('cascade'),
    /** PHC string of argon2id. */
    hash: p.string().length(300),
    changedAt: p.datetime().length(3),
    /** Whether whoever reads the mailbox of the account set it: then it proves no more than the mailbox does. */
    setByMail: p.boolean(),
    ...lineageColumns(),
  },
});

/** A user's password, hashed. A row of its own, so that reading a user never reads the hash. */
export class Password extends PasswordSchema.class {}
PasswordSchema.setClass(Password);

export { PasswordSchema };
