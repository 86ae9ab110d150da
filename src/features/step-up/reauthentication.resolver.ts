import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, signedIn } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { ReauthenticationService } from './reauthentication.service.js';
import {
  ChallengeReauthenticationInput,
  ChallengeReauthenticationPayload,
  ReauthenticateInput,
  ReauthenticatePayload,
} from './step-up.type.js';

@Resolver()
export class ReauthenticationResolver {
  constructor(private readonly services: { readonly reauthentication: ReauthenticationService }) {}

  @Allow(signedIn)
  @Sensitive()
  @Mutation(() => ReauthenticatePayload, {
    description:
      'Proves again who the caller is, for this session: what answered STEP_UP_REQUIRED is done when it is sent again, ' +
      'with the same access token, for AUTH_FRESH_AUTH_SECONDS. Wrong answers count as failed sign-ins do. Refused: ' +
      'PROOF_REFUSED (a wrong password), FACTOR_REFUSED, STEP_UP_REQUIRED (the password alone would not do), ' +
      'FACTOR_UNAVAILABLE, TOO_MANY_ATTEMPTS, RATE_LIMITED, INVALID_INPUT.',
  })
  async reauthenticate(
    @Arg('input', () => ReauthenticateInput, { description: 'The proof.' }) input: ReauthenticateInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ReauthenticatePayload> {
    return ReauthenticatePayload.of(await this.services.reauthentication.reauthenticate(caller, input));
  }

  @Allow(signedIn)
  @Sensitive()
  @Mutation(() => ChallengeReauthenticationPayload, {
    description:
      'Begins a proof by a factor that needs it: mails the code, or gives what the passkey signs. What it gives is good ' +
      'for this session, or this action, alone. Refused: FACTOR_UNAVAILABLE, ACTION_REQUEST_INVALID, RATE_LIMITED.',
  })
  async challengeReauthentication(
    @Arg('input', () => ChallengeReauthenticationInput, { description: 'Which factor.' })
    { kind, requestId }: ChallengeReauthenticationInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChallengeReauthenticationPayload> {
    const { reauthentication } = this.services;
    const request = requestId?.toLowerCase() ?? null;
    return ChallengeReauthenticationPayload.of(await reauthentication.challenge(caller, kind, request));
  }
}
