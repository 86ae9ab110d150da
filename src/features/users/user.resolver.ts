import { Arg, Args, Query, Resolver } from 'type-graphql';
import { Allow, can } from '../../graphql/allow.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { Uuid } from '../../graphql/scalars.js';
import type { UserService } from './user.service.js';
import { UserConnection, UserType } from './user.type.js';

@Resolver()
export class UserResolver {
  constructor(private readonly services: { readonly users: UserService }) {}

  @Allow(can('users:list'))
  @Query(() => UserConnection, { description: 'All users, newest first.' })
  async users(@Args(() => PageArgs) page: PageArgs): Promise<ConnectionShape<UserType>> {
    const found = await this.services.users.list(page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: UserType.of(node) }));
    return toConnection({ ...found, edges });
  }

  @Allow(can('users:read'))
  @Query(() => UserType, { nullable: true, description: 'The user of that id, or null.' })
  async user(@Arg('id', () => Uuid, { description: 'The user’s id.' }) id: string): Promise<UserType | null> {
    const user = await this.services.users.findById(id.toLowerCase());
    return user && UserType.of(user);
  }
}
