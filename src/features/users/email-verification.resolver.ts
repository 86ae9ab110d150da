import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { EmailVerificationService } from './email-verification.service.js';
import {
  RequestEmailVerificationInput,
  RequestEmailVerificationPayload,
  VerifyEmailInput,
  VerifyEmailPayload,
} from './email-verification.type.js';

@Resolver()
export class EmailVerificationResolver {
  constructor(private readonly services: { readonly emailVerification: EmailVerificationService }) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => RequestEmailVerificationPayload, {
    description:
      'Mails a link and six digits, good once and for 24 hours, to an address that waits for its proof; those of an ' +
      'earlier mail end. The answer is the same for any other address, and nobody is written to. At most three an ' +
      'hour and address. Refused: EMAIL_INVALID, RATE_LIMITED.',
  })
  async requestEmailVerification(
    @Arg('input', () => RequestEmailVerificationInput, { description: 'Which address.' })
    { email }: RequestEmailVerificationInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RequestEmailVerificationPayload> {
    return { accepted: true, ...(await this.services.emailVerification.request(caller, email)) };
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => VerifyEmailPayload, {
    description:
      'Proves an address by what the mail said, which is used up. Signs nobody in. At most fifteen codes an hour are ' +
      'tried at one address. Refused: CHALLENGE_INVALID, CHALLENGE_EXPIRED, CHALLENGE_EXHAUSTED, INVALID_INPUT, ' +
      'RATE_LIMITED.',
  })
  async verifyEmail(
    @Arg('input', () => VerifyEmailInput, { description: 'What the mail said.' }) input: VerifyEmailInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<VerifyEmailPayload> {
    await this.services.emailVerification.verify(caller, input);
    return { verified: true };
  }
}
