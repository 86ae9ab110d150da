import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, freshOrAttempt } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { EnrolledFactorPayload } from '../../mfa.type.js';
import { ConfirmTotpInput, EnrolTotpInput, EnrolTotpPayload } from './totp.type.js';
import type { TotpEnrolmentService } from './totp-enrolment.service.js';

@Resolver()
export class TotpResolver {
  constructor(private readonly services: { readonly totpEnrolments: TotpEnrolmentService }) {}

  @Allow(freshOrAttempt)
  @Mutation(() => EnrolTotpPayload, {
    description:
      'Makes the secret of a new authenticator app (RFC 6238); it is no second factor before `confirmTotp`, and one ' +
      'that still waited for that is forgotten. At most five per account. Refused: FACTOR_LIMIT_REACHED, ' +
      'FACTOR_UNAVAILABLE, ATTEMPT_INVALID.',
  })
  async enrolTotp(
    @Arg('input', () => EnrolTotpInput, { description: 'Which app.' }) { name, attemptToken }: EnrolTotpInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolTotpPayload> {
    return await this.services.totpEnrolments.begin(caller, name, attemptToken ?? null);
  }

  @Allow(freshOrAttempt)
  @Sensitive()
  @Mutation(() => EnrolledFactorPayload, {
    description:
      'Makes the app a second factor by its first code, which does not work again. Its owner is told by mail. Refused: ' +
      'FACTOR_REFUSED, FACTOR_NOT_FOUND, ATTEMPT_INVALID, RATE_LIMITED.',
  })
  async confirmTotp(
    @Arg('input', () => ConfirmTotpInput, { description: 'Which app, and its code.' })
    { factorId, code, attemptToken = null }: ConfirmTotpInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolledFactorPayload> {
    return await this.services.totpEnrolments.confirm(caller, { factorId, code, attemptToken });
  }
}
