import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, freshOrAttempt } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { EnrolledFactorPayload } from '../../mfa.type.js';
import { ConfirmEmailCodeInput, EnrolEmailCodeInput, EnrolEmailCodePayload } from './email-code.type.js';
import type { EmailCodeEnrolmentService } from './email-code-enrolment.service.js';

@Resolver()
export class EmailCodeResolver {
  constructor(private readonly services: { readonly emailCodeEnrolments: EmailCodeEnrolmentService }) {}

  @Allow(freshOrAttempt)
  @Sensitive()
  @Mutation(() => EnrolEmailCodePayload, {
    description:
      'Mails six digits, good once and for ten minutes, to the proved address of the account, so that codes by mail ' +
      'become a second factor. Refused: FACTOR_UNAVAILABLE (the address is not proved, or AUTH_MFA_EMAIL_CODE is ' +
      'off), FACTOR_RESTS_ON_MAILBOX (no other factor, and no password but one that was set by mail), FACTOR_LIMIT_REACHED, ATTEMPT_INVALID, RATE_LIMITED.',
  })
  async enrolEmailCode(
    @Arg('input', () => EnrolEmailCodeInput, { description: 'For whom.' })
    { attemptToken }: EnrolEmailCodeInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolEmailCodePayload> {
    return await this.services.emailCodeEnrolments.begin(caller, attemptToken ?? null);
  }

  @Allow(freshOrAttempt)
  @Sensitive()
  @Mutation(() => EnrolledFactorPayload, {
    description:
      'Makes codes by mail a second factor by the first of them. Refused: FACTOR_REFUSED, CHALLENGE_EXPIRED, ' +
      'CHALLENGE_EXHAUSTED, FACTOR_RESTS_ON_MAILBOX, FACTOR_LIMIT_REACHED, FACTOR_UNAVAILABLE, ATTEMPT_INVALID, RATE_LIMITED.',
  })
  async confirmEmailCode(
    @Arg('input', () => ConfirmEmailCodeInput, { description: 'What the mail said.' })
    { challengeId, code, attemptToken = null }: ConfirmEmailCodeInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolledFactorPayload> {
    return await this.services.emailCodeEnrolments.confirm(caller, { challengeId, code }, attemptToken);
  }
}
