import { MaxLength } from 'class-validator';
import { Field, InputType, registerEnumType } from 'type-graphql';
import { UserStatusEnum } from './user.type.js';
import type { UserStatus } from './user.entity.js';
import type { UserFilter } from './user-search.service.js';

export const UserOrderEnum = { NEWEST_FIRST: 'newest_first', OLDEST_FIRST: 'oldest_first' } as const;
registerEnumType(UserOrderEnum, {
  name: 'UserOrder',
  description: 'The order of a list of users.',
  valuesConfig: {
    NEWEST_FIRST: { description: 'By creation, the latest first.' },
    OLDEST_FIRST: { description: 'By creation, the earliest first.' },
  },
});

@InputType('UserFilter', { description: 'Narrows a list of users; absent fields do not.' })
export class UserFilterInput implements UserFilter {
  @Field(() => String, {
    nullable: true,
    description:
      'Words in any order, upper or lower case; found is who has, in address, username or display name, for each ' +
      'of them a word that begins with it. For deleted users their former names count. Up to 200 characters, of ' +
      'which 8 words are used.',
  })
  @MaxLength(200)
  search?: string | null;

  @Field(() => String, { nullable: true, description: 'Only holders of the role of this name.' })
  @MaxLength(100)
  role?: string | null;

  @Field(() => UserStatusEnum, {
    nullable: true,
    description: 'Only accounts in this state; without it all but the deleted ones.',
  })
  status?: UserStatus | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only users who have proved that their address is theirs, or only those who have not.',
  })
  verified?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Only accounts at which nobody may sign in right now after too many failures, or only the others.',
  })
  locked?: boolean | null;
}
