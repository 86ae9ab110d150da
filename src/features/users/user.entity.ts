import { defineEntity } from '@mikro-orm/core';
import { USER_WORDS } from './user-words.js';

const p = defineEntity.properties;

/** `deleted`: gone for everybody but the admins, until the retention is over and the account is erased. */
export const USER_STATUSES = ['active', 'deactivated', 'deleted'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** What an application keeps with an account: JSON, at most 4 KiB of it. */
export type UserMetadata = Readonly<Record<string, unknown>>;

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  // For lists that are searched or narrowed: each keeps the order of ids, or leaves few rows to sort.
  indexes: [
    {
      name: 'users_words_index',
      expression: `create index "users_words_index" on "users" using gin (${USER_WORDS})`,
    },
    { properties: ['status', 'id'] },
    {
      name: 'users_unverified_index',
      expression: 'create index "users_unverified_index" on "users" ("id") where email_verified_at is null',
    },
    {
      name: 'users_verified_index',
      expression: 'create index "users_verified_index" on "users" ("id") where email_verified_at is not null',
    },
  ],
  properties: {
    id: p.uuid().primary(),
    /** In the one form of kernel/email-address.ts; of a deleted account `<id>@deleted.invalid`, so that its address is free. */
    email: p.string().length(254).unique(),
    emailVerifiedAt: p.datetime().length(3).strictNullable(),
    /** A unique handle to sign in with, in the one form of kernel/username.ts. */
    username: p.string().length(32).strictNullable().unique(),
    displayName: p.string().length(200).strictNullable(),
    /** A BCP 47 tag such as `de-AT`: the language of mails. */
    locale: p.string().length(35).strictNullable(),
    pictureUrl: p.string().length(2000).strictNullable(),
    metadata: p.json<UserMetadata>(),
    status: p.enum(USER_STATUSES),
    /** The kinds of second factors that the account has; kept by `mfa`, which owns them. */
    factorKinds: p.json<readonly string[]>(),
    /** Whether this account must have a second factor, whatever the settings say of others. */
    secondFactorRequired: p.boolean(),
    /** Until when it may sign in without one although it must have one; null before the first sign-in that asked. */
    secondFactorDeadline: p.datetime().length(3).strictNullable(),
    createdAt: p.datetime().length(3),
    updatedAt: p.datetime().length(3),
    /** When an admin deleted it; with it, the names that a restoration gives back if they are still free. */
    deletedAt: p.datetime().length(3).strictNullable().index(),
    formerEmail: p.string().length(254).strictNullable(),
    formerUsername: p.string().length(32).strictNullable(),
  },
});

/** A person. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);

export { UserSchema };
