import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { Allow, can, either, owns, type Question, type Rule } from '../../graphql/allow.js';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, EmailAddress, JSONObject, Uuid } from '../../graphql/scalars.js';
import { type Caller, hasPermission } from '../../kernel/caller.js';
import type { User, UserMetadata, UserStatus } from './user.entity.js';

export const UserStatusEnum = { ACTIVE: 'active', DEACTIVATED: 'deactivated', DELETED: 'deleted' } as const;
registerEnumType(UserStatusEnum, {
  name: 'UserStatus',
  description: 'Whether the account may be used.',
  valuesConfig: {
    ACTIVE: { description: 'It may.' },
    DEACTIVATED: { description: 'It may not: nobody can sign in to it, and everything it held has ended.' },
    DELETED: {
      description:
        'It may not, and its names are free for others. Admins can restore it for 30 days; then it is erased.',
    },
  },
});

type Shown = 'id' | 'email' | 'username' | 'displayName' | 'locale' | 'pictureUrl' | 'metadata' | 'createdAt';

@ObjectType('User', { description: 'A person with an account.' })
export class UserType implements Pick<User, Shown | 'updatedAt' | 'deletedAt' | 'formerEmail'> {
  /** Whether it is shown to its owner, also where the request that shows it carries no credential yet: at a sign-in. */
  own = false;

  @Field(() => Uuid, { description: 'The id; a UUIDv7, so ids sort by creation.' })
  id!: string;

  @Field(() => EmailAddress, {
    description: 'The e-mail address, lower case; of a deleted account one that reaches nobody.',
  })
  email!: string;

  @Field(() => Boolean, { description: 'Whether the address is known to be the owner’s.' })
  emailVerified!: boolean;

  @Field(() => String, { nullable: true, description: 'The unique handle to sign in with, lower case.' })
  username!: string | null;

  @Field(() => String, { nullable: true, description: 'The name the person wants to be shown as.' })
  displayName!: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mails to them, a BCP 47 tag.' })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: 'Where their picture is: an https URL.' })
  pictureUrl!: string | null;

  @Allow(ownerOr('users:read'))
  @Field(() => JSONObject, {
    nullable: true,
    description: 'What applications keep with the account; at most 4096 bytes.',
  })
  metadata!: UserMetadata;

  @Field(() => UserStatusEnum, { description: 'Whether the account may be used.' })
  status!: UserStatus;

  @Field(() => DateTime, { description: 'When the account was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When the account itself last changed, sign-ins not counted.' })
  updatedAt!: Date;

  @Allow(can('users:read'))
  @Field(() => DateTime, { nullable: true, description: 'When it was deleted, if it was.' })
  deletedAt!: Date | null;

  @Allow(can('users:read'))
  @Field(() => String, { nullable: true, description: 'The address that a deleted account had.' })
  formerEmail!: string | null;

  static of(user: User): UserType {
    return Object.assign(new UserType(), user, { emailVerified: user.emailVerifiedAt !== null });
  }

  /** As far as the caller may see users, or is the user: not everybody who changes something about one may. */
  static shownTo({ principal }: Caller, user: User): UserType | null {
    const own = principal.kind === 'user' && principal.id === user.id;
    const sees = own || ['users:read', 'users:list'].some((each) => hasPermission(principal, each));
    return sees ? UserType.of(user) : null;
  }

  /** For somebody who has just proved that the account is theirs. */
  static ofOwner(user: User): UserType {
    return Object.assign(UserType.of(user), { own: true });
  }
}

/** The user themself, or who holds the permission: for fields of a user. */
export function ownerOr(permission: string): Rule {
  const owner = owns('id');
  const themself = { ...owner, judge: (asked: Question) => shownToOwner(asked.parent) || owner.judge(asked) };
  return either(themself, can(permission));
}

function shownToOwner(parent: unknown): boolean {
  return parent instanceof UserType && parent.own;
}

/** A page of users. */
export const UserConnection = connectionOf('User', UserType);
