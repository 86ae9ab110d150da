import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import { TokenTransport } from '../../sessions/session.type.js';
import { LoginResult, loginResultOf } from '../login.type.js';
import type { SecondFactorService } from './second-factor.service.js';
import {
  ChallengeSecondFactorInput,
  ChallengeSecondFactorPayload,
  CompleteLoginInput,
  VerifySecondFactorInput,
} from './second-factor.type.js';

@Resolver()
export class SecondFactorResolver {
  constructor(private readonly services: { readonly secondFactors: SecondFactorService }) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => ChallengeSecondFactorPayload, {
    description:
      'What is needed to prove one of the factors that a sign-in offered: mails a code, or gives the challenge for a ' +
      'passkey. Codes of an app and recovery codes need none. Refused: ATTEMPT_INVALID, FACTOR_UNAVAILABLE, ' +
      'RATE_LIMITED.',
  })
  async challengeSecondFactor(
    @Arg('input', () => ChallengeSecondFactorInput, { description: 'Which sign-in, by which factor.' })
    { attemptToken, kind }: ChallengeSecondFactorInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChallengeSecondFactorPayload> {
    const challenge = await this.services.secondFactors.challenge(caller, { attemptToken, kind });
    return ChallengeSecondFactorPayload.of(challenge);
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LoginResult, {
    description:
      'Completes a sign-in by a second factor. Refused: FACTOR_REFUSED; ATTEMPT_INVALID when it is over, was begun ' +
      'on another device or has had its ten answers; FACTOR_UNAVAILABLE for a kind that was not offered; ' +
      'TOO_MANY_ATTEMPTS and RATE_LIMITED (20 answers an hour for an account, and the sign-ins of the network), with ' +
      'retryAfter; CSRF_REFUSED and COOKIES_UNAVAILABLE (with the transport COOKIE); LOGIN_POLICY_UNAVAILABLE.',
  })
  async verifySecondFactor(
    @Arg('input', () => VerifySecondFactorInput, {
      description: 'Which sign-in, and what proves the factor.',
    })
    input: VerifySecondFactorInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    const { attemptToken, kind, code, challengeId, credential, trustDevice, transport } = input;
    if (transport === TokenTransport.COOKIE) cookies.assertSettable();
    const { canKeepDevice } = cookies;
    const answer = { code: code ?? null, challengeId: challengeId ?? null, credential: credential ?? null };
    const step = { attemptToken, kind, answer, trustDevice, canKeepDevice };
    return loginResultOf(await this.services.secondFactors.verify(caller, step), transport, cookies);
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LoginResult, {
    description:
      'Completes a sign-in in the course of which a second factor was enrolled and confirmed. Refused: ' +
      'SECOND_FACTOR_NOT_ENROLLED before that; ATTEMPT_INVALID; TOO_MANY_ATTEMPTS and RATE_LIMITED, with retryAfter; ' +
      'CSRF_REFUSED and COOKIES_UNAVAILABLE (with the transport COOKIE); LOGIN_POLICY_UNAVAILABLE.',
  })
  async completeLogin(
    @Arg('input', () => CompleteLoginInput, { description: 'Which sign-in.' }) input: CompleteLoginInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    const { attemptToken, trustDevice, transport } = input;
    if (transport === TokenTransport.COOKIE) cookies.assertSettable();
    const step = { attemptToken, trustDevice, canKeepDevice: cookies.canKeepDevice };
    return loginResultOf(await this.services.secondFactors.complete(caller, step), transport, cookies);
  }
}
