import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

export const USER_STATUSES = ['active', 'deactivated'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    /** In the one form of kernel/email-address.ts. */
    email: p.string().length(254).unique(),
    emailVerifiedAt: p.datetime().length(3).strictNullable(),
    displayName: p.string().length(200).strictNullable(),
    status: p.enum(USER_STATUSES),
    createdAt: p.datetime().length(3),
    updatedAt: p.datetime().length(3),
  },
});

/** A person. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);

export { UserSchema };
