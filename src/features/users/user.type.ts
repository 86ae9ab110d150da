import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, EmailAddress, Uuid } from '../../graphql/scalars.js';
import type { User, UserStatus } from './user.entity.js';

const UserStatusEnum = { ACTIVE: 'active', DEACTIVATED: 'deactivated' } as const;
registerEnumType(UserStatusEnum, {
  name: 'UserStatus',
  description: 'Whether the account may be used.',
  valuesConfig: {
    ACTIVE: { description: 'It may.' },
    DEACTIVATED: { description: 'It may not: nobody can sign in to it, and everything it held has ended.' },
  },
});

@ObjectType('User', { description: 'A person with an account.' })
export class UserType implements Pick<User, 'id' | 'email' | 'displayName' | 'createdAt'> {
  @Field(() => Uuid, { description: 'The id; a UUIDv7, so ids sort by creation.' })
  id!: string;

  @Field(() => EmailAddress, { description: 'The e-mail address, lower case.' })
  email!: string;

  @Field(() => Boolean, { description: 'Whether the owner has proved that the address is theirs.' })
  emailVerified!: boolean;

  @Field(() => String, { nullable: true, description: 'The name the person wants to be shown as.' })
  displayName!: string | null;

  @Field(() => UserStatusEnum, { description: 'Whether the account may be used.' })
  status!: UserStatus;

  @Field(() => DateTime, { description: 'When the account was created.' })
  createdAt!: Date;

  static of(user: User): UserType {
    return Object.assign(new UserType(), user, { emailVerified: user.emailVerifiedAt !== null });
  }
}

/** A page of users. */
export const UserConnection = connectionOf('User', UserType);
