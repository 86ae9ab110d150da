import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, either, every, given, ofHolders, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import {
  CreateApiKeyInput,
  namedOwner,
  RevokeApiKeyInput,
  RotateApiKeyInput,
  UpdateApiKeyInput,
} from './api-key.input.js';
import type { ApiKeyService } from './api-key.service.js';
import {
  ApiKeyType,
  CreateApiKeyPayload,
  keyOwner,
  RevokeApiKeyPayload,
  RotateApiKeyPayload,
  UpdateApiKeyPayload,
} from './api-key.type.js';
import type { ApiKeyChangeService } from './api-key-change.service.js';

interface Services {
  readonly apiKeys: ApiKeyService;
  readonly apiKeyChanges: ApiKeyChangeService;
}

const forOthers = every(
  given('userId', can('api_keys:create')),
  given('serviceAccountId', can('api_keys:create')),
);

@Resolver()
export class ApiKeyResolver {
  constructor(private readonly services: Services) {}

  @Allow(every(keyOwner, forOthers, stepUp('create_api_key')))
  @Sensitive()
  @Mutation(() => CreateApiKeyPayload, {
    description:
      'Creates an API key of the caller’s own, or with `api_keys:create` one for a service account, or for a user, who ' +
      'may do no more than the caller; the key itself is shown once. The user whose it is gets a mail. Twenty an hour. ' +
      'Refused: STEP_UP_REQUIRED, API_KEY_TOO_WIDE, API_KEY_LIMIT, API_KEY_OWNER_INACTIVE, USER_NOT_FOUND, ' +
      'USER_DELETED, SERVICE_ACCOUNT_NOT_FOUND, USER_TOO_POWERFUL, INVALID_INPUT, RATE_LIMITED.',
  })
  async createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'What it may do, for whom and for how long.' })
    input: CreateApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateApiKeyPayload> {
    const { name, scopes, allowedNetworks, expiresInDays = null } = input;
    const wish = { owner: namedOwner(input), name, scopes, allowedNetworks, expiresInDays };
    const { apiKey, secret } = await this.services.apiKeys.create(caller, wish);
    return { apiKey: ApiKeyType.of(apiKey), secret };
  }

  @Allow(every(either(can('api_keys:modify'), keyOwner), stepUp('change_api_key')))
  @Mutation(() => UpdateApiKeyPayload, {
    description:
      'Changes one of the caller’s API keys, or with `api_keys:modify` one of a service account or a user who may do no ' +
      'more than the caller; whatever uses it is judged by it from its next request on. Further scopes ' +
      'and networks take what creating a key takes. Refused: STEP_UP_REQUIRED, API_KEY_NOT_FOUND, API_KEY_ENDED, API_KEY_TOO_WIDE, ' +
      'USER_DELETED, USER_TOO_POWERFUL, INVALID_INPUT.',
  })
  async updateApiKey(
    @Arg('input', () => UpdateApiKeyInput, { description: 'Which key, and what to change.' })
    { apiKeyId, ...change }: UpdateApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UpdateApiKeyPayload> {
    const wish = { ...change, apiKeyId: apiKeyId.toLowerCase() };
    return { apiKey: ApiKeyType.of(await this.services.apiKeyChanges.update(caller, wish)) };
  }

  @Allow(every(either(can('api_keys:create'), keyOwner), stepUp('create_api_key')))
  @Sensitive()
  @Mutation(() => RotateApiKeyPayload, {
    description:
      'Puts a new API key in the place of one of the caller’s, or with `api_keys:create` of one of a service account or ' +
      'a user who may do no more than the caller: of the same name and networks, and with those of its scopes that may ' +
      'still be given. The old one goes on working for the overlap and is replaced once only; the new one is shown ' +
      'once. The user whose it is gets a mail. Counts among the twenty an hour. Refused: STEP_UP_REQUIRED, ' +
      'API_KEY_NOT_FOUND, API_KEY_ENDED, API_KEY_LIMIT, API_KEY_OWNER_INACTIVE, USER_DELETED, USER_TOO_POWERFUL, ' +
      'INVALID_INPUT, RATE_LIMITED.',
  })
  async rotateApiKey(
    @Arg('input', () => RotateApiKeyInput, { description: 'Which key, and how long both work.' })
    { apiKeyId, overlapSeconds, expiresInDays = null }: RotateApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RotateApiKeyPayload> {
    const rotation = { apiKeyId: apiKeyId.toLowerCase(), overlapSeconds, expiresInDays };
    const { apiKey, secret } = await this.services.apiKeyChanges.rotate(caller, rotation);
    return { apiKey: ApiKeyType.of(apiKey), secret };
  }

  @Allow(
    every(either(can('api_keys:revoke'), keyOwner), ofHolders('api_keys:revoke', stepUp('revoke_api_keys'))),
  )
  @Mutation(() => RevokeApiKeyPayload, {
    description:
      'Ends one of the caller’s API keys, or with `api_keys:revoke` one of a service account or a user who may do no ' +
      'more than the caller: it is refused from then on, and its sockets close, everywhere within a second. Again ' +
      'changes nothing. Refused: API_KEY_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL.',
  })
  async revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) { apiKeyId }: RevokeApiKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeApiKeyPayload> {
    await this.services.apiKeys.revoke(caller, apiKeyId.toLowerCase());
    return { apiKeyId };
  }
}
