import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, either, signedIn } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { ActionService } from './action.service.js';
import type { ActionTokenService } from './action-token.service.js';
import {
  ConfirmActionInput,
  ConfirmActionPayload,
  ConsumeActionTokenInput,
  ConsumeActionTokenPayload,
  RequestActionInput,
  RequestActionPayload,
} from './action.type.js';

interface Services {
  readonly stepUpActions: ActionService;
  readonly actionTokens: ActionTokenService;
}

@Resolver()
export class ActionResolver {
  constructor(private readonly services: Services) {}

  @Allow(signedIn)
  @Sensitive()
  @Mutation(() => RequestActionPayload, {
    description:
      'Asks for a token for one action. A proof has to be given for it with `confirmAction`; that the session is fresh ' +
      'is none. Refused: ACTION_UNKNOWN, AUDIENCE_UNKNOWN, RATE_LIMITED.',
  })
  async requestAction(
    @Arg('input', () => RequestActionInput, { description: 'Which action.' })
    { action, audience = null }: RequestActionInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RequestActionPayload> {
    return RequestActionPayload.of(await this.services.stepUpActions.request(caller, { action, audience }));
  }

  @Allow(signedIn)
  @Sensitive()
  @Mutation(() => ConfirmActionPayload, {
    description:
      'Proves who the caller is for the action that was asked for, and gives the token. Refused: ' +
      'ACTION_REQUEST_INVALID, and what `reauthenticate` refuses.',
  })
  async confirmAction(
    @Arg('input', () => ConfirmActionInput, { description: 'The request and the proof.' })
    { requestId, ...answer }: ConfirmActionInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConfirmActionPayload> {
    return await this.services.stepUpActions.confirm(caller, requestId.toLowerCase(), answer);
  }

  @Allow(either(can('tokens:introspect'), signedIn))
  @Sensitive()
  @Mutation(() => ConsumeActionTokenPayload, {
    description:
      'Uses an action token up, once, for the service whose audience it was made for, or for the user’s own session at ' +
      'this API. Whatever is wrong with it (used, late, of another action, audience or session, of an account or ' +
      'session that has ended) is ACTION_TOKEN_INVALID; one that was only shown at the wrong place stays good.',
  })
  async consumeActionToken(
    @Arg('input', () => ConsumeActionTokenInput, { description: 'The token.' })
    { actionToken, action, audience, sessionId }: ConsumeActionTokenInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConsumeActionTokenPayload> {
    const wanted = { action, audience, sessionId: sessionId.toLowerCase() };
    return ConsumeActionTokenPayload.of(
      await this.services.actionTokens.consume(caller, actionToken, wanted),
    );
  }
}
