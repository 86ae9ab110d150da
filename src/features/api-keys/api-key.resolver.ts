import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Allow, can, either, every, fresh, ofHolders, signedIn, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { Sensitive } from '../../graphql/sensitive.js';
import { ownerOr, UserType } from '../users/user.type.js';
import type { ApiKeyService } from './api-key.service.js';
import {
  ApiKeyConnection,
  ApiKeyType,
  CreateApiKeyInput,
  CreateApiKeyPayload,
  RevokeApiKeyInput,
  RevokeApiKeyPayload,
} from './api-key.type.js';

interface Services {
  readonly apiKeys: ApiKeyService;
}

@Resolver()
export class ApiKeyResolver {
  constructor(private readonly services: Services) {}

  @Allow(signedIn)
  @Query(() => ApiKeyConnection, { description: 'The caller’s own API keys that still work, newest first.' })
  async apiKeys(
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConnectionShape<ApiKeyType>> {
    const userId = caller.principal.kind === 'user' ? caller.principal.id : '';
    const found = await this.services.apiKeys.listOf(userId, page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: ApiKeyType.of(node) }));
    return toConnection({ ...found, edges });
  }

  @Allow(fresh())
  @Sensitive()
  @Mutation(() => CreateApiKeyPayload, {
    description:
      'Creates an API key of the caller’s own; the key itself is shown once. Twenty an hour. Refused: ' +
      'STEP_UP_REQUIRED, API_KEY_TOO_WIDE, RATE_LIMITED.',
  })
  async createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'What it may do, and for how long.' })
    { name, scopes, expiresInDays }: CreateApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateApiKeyPayload> {
    const wish = { name, scopes, expiresInDays };
    const { apiKey, secret } = await this.services.apiKeys.create(caller, wish);
    return { apiKey: ApiKeyType.of(apiKey), secret };
  }

  @Allow(
    every(either(can('api_keys:revoke'), signedIn), ofHolders('api_keys:revoke', stepUp('revoke_api_keys'))),
  )
  @Mutation(() => RevokeApiKeyPayload, {
    description:
      'Ends one of the caller’s API keys, or with `api_keys:revoke` one of a user who may do no more than the ' +
      'caller: it is refused from then on, and its sockets close, everywhere within a second. Again changes ' +
      'nothing. Refused: API_KEY_NOT_FOUND, USER_TOO_POWERFUL.',
  })
  async revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) { apiKeyId }: RevokeApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeApiKeyPayload> {
    await this.services.apiKeys.revoke(caller, apiKeyId.toLowerCase());
    return { apiKeyId };
  }
}

@Resolver(() => UserType)
export class UserApiKeysResolver {
  constructor(private readonly services: Services) {}

  @Allow(ownerOr('users:read'))
  @FieldResolver(() => [ApiKeyType], {
    description: 'The user’s API keys that still work, newest first; 100 at most.',
  })
  async apiKeys(@Root() user: UserType, @Ctx() { loaders }: GraphQLContext): Promise<ApiKeyType[]> {
    const found = await loaders.load('user-api-keys', user.id, (ids) =>
      this.services.apiKeys.listOfMany(ids),
    );
    return (found ?? []).map((key) => ApiKeyType.of(key));
  }
}
