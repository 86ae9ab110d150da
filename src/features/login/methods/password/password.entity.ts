import { defineEntity } from '@mikro-orm/core';
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
  },
});

/** A user's password, hashed. A row of its own, so that reading a user never reads the hash. */
export class Password extends PasswordSchema.class {}
PasswordSchema.setClass(Password);

export { PasswordSchema };
