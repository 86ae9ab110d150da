import { Arg, Args, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { Allow, can, either, every, filtered } from '../../graphql/allow.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { UserConnection, UserType } from './user.type.js';
import { UserFilterInput, UserOrderEnum } from './user-search.input.js';
import type { UserFilter, UserOrder, UserSearchService } from './user-search.service.js';

/** A page, and what it is a page of, for those who ask how many there are. */
interface FoundUsers extends ConnectionShape<UserType> {
  readonly filter: UserFilter;
}

@Resolver(() => UserConnection)
export class UserSearchResolver {
  constructor(private readonly services: { readonly userSearch: UserSearchService }) {}

  @Allow(
    every(
      can('users:list'),
      filtered('role', either(can('roles:read'), can('users:read'))),
      filtered('locked', can('users:read')),
    ),
  )
  @Query(() => UserConnection, {
    description:
      'Users, newest first; deleted ones only when asked for. To find them by what they may do, or by whether they ' +
      'may sign in, takes the right to see that.',
  })
  async users(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => UserFilterInput, { nullable: true, description: 'Narrows the list.' })
    filter: UserFilterInput | null,
    @Arg('orderBy', () => UserOrderEnum, {
      defaultValue: UserOrderEnum.NEWEST_FIRST,
      description: 'The order; a cursor belongs to the order it was given out in.',
    })
    orderBy: UserOrder,
  ): Promise<FoundUsers> {
    const found = await this.services.userSearch.list(filter ?? {}, orderBy, page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: UserType.of(node) }));
    return { ...toConnection({ ...found, edges }), filter: filter ?? {} };
  }

  @FieldResolver(() => Int, {
    description:
      'How many users there are in all pages; counted only when asked for, at a cost that grows with them.',
  })
  async totalCount(@Root() { filter }: FoundUsers): Promise<number> {
    return await this.services.userSearch.count(filter);
  }
}
