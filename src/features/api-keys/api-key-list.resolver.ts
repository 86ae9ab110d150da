import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Allow, can, either } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { ServiceAccountType } from '../service-accounts/service-account.type.js';
import { ownerOr, UserType } from '../users/user.type.js';
import { ApiKeyFilterInput, namedOwner } from './api-key.input.js';
import { ApiKeyConnection, ApiKeyType, keyOwner } from './api-key.type.js';
import type { ApiKeyListService } from './api-key-list.service.js';

interface Services {
  readonly apiKeyLists: ApiKeyListService;
}

@Resolver()
export class ApiKeyListResolver {
  constructor(private readonly services: Services) {}

  @Allow(either(can('api_keys:list'), keyOwner))
  @Query(() => ApiKeyConnection, {
    description:
      'The API keys that still work, newest first: the caller’s own, or with `api_keys:list` those of whomever the ' +
      'filter names. Refused: FORBIDDEN, INVALID_INPUT.',
  })
  async apiKeys(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ApiKeyFilterInput, {
      nullable: true,
      description: 'Whose; by default the caller’s.',
    })
    filter: ApiKeyFilterInput | null,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConnectionShape<ApiKeyType>> {
    const found = await this.services.apiKeyLists.listOf(caller, namedOwner(filter ?? {}), page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: ApiKeyType.of(node) }));
    return toConnection({ ...found, edges });
  }
}

@Resolver(() => UserType)
export class UserApiKeysResolver {
  constructor(private readonly services: Services) {}

  @Allow(either(ownerOr('users:read'), can('api_keys:list')))
  @FieldResolver(() => [ApiKeyType], {
    nullable: true,
    description: 'The user’s API keys that still work, newest first; 100 at most.',
  })
  async apiKeys(@Root() user: UserType, @Ctx() { loaders }: GraphQLContext): Promise<ApiKeyType[]> {
    const found = await loaders.load('user-api-keys', user.id, (ids) =>
      this.services.apiKeyLists.listOfMany('user', ids),
    );
    return (found ?? []).map((key) => ApiKeyType.of(key));
  }
}

@Resolver(() => ServiceAccountType)
export class ServiceAccountApiKeysResolver {
  constructor(private readonly services: Services) {}

  @Allow(either(can('api_keys:list'), can('service_accounts:read')))
  @FieldResolver(() => [ApiKeyType], {
    nullable: true,
    description: 'The account’s API keys that have not ended, newest first; 100 at most.',
  })
  async apiKeys(
    @Root() account: ServiceAccountType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ApiKeyType[]> {
    const found = await loaders.load('service-account-api-keys', account.id, (ids) =>
      this.services.apiKeyLists.listOfMany('service_account', ids),
    );
    return (found ?? []).map((key) => ApiKeyType.of(key));
  }
}
