import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Allow, can } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { LockedUsersService } from '../lockout/locked-users.service.js';
import type { UserService } from './user.service.js';
import { UserType } from './user.type.js';

interface Services {
  readonly users: UserService;
  readonly lockedUsers: LockedUsersService;
}

@Resolver(() => UserType)
export class UserResolver {
  constructor(private readonly services: Services) {}

  @Allow(can('users:read'))
  @Query(() => UserType, { nullable: true, description: 'The user of that id, deleted or not, or null.' })
  async user(@Arg('id', () => Uuid, { description: 'The user’s id.' }) id: string): Promise<UserType | null> {
    const user = await this.services.users.findById(id.toLowerCase());
    return user && UserType.of(user);
  }

  @Allow(can('users:read'))
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'Until when no sign-in is judged but those from the owner’s own devices, after too many failures.',
  })
  async lockedUntil(@Root() { id }: UserType, @Ctx() { loaders }: GraphQLContext): Promise<Date | null> {
    return await loaders.load('user-locked-until', id, (ids) =>
      this.services.lockedUsers.findLockedUntil(ids),
    );
  }
}
