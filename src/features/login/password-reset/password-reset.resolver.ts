import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import type { PasswordResetService } from './password-reset.service.js';
import {
  PasswordResetStatus,
  PasswordResetStatusInput,
  RequestPasswordResetInput,
  RequestPasswordResetPayload,
  ResetPasswordInput,
  ResetPasswordPayload,
} from './password-reset.type.js';

@Resolver()
export class PasswordResetResolver {
  constructor(private readonly services: { readonly passwordResets: PasswordResetService }) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Mails a link that sets another password, or a first one. The answer is the same for an address without an ' +
      'account. Once a minute and five times an hour for one address. Refused: EMAIL_INVALID, RATE_LIMITED.',
  })
  async requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'Whose password it is about.' })
    input: RequestPasswordResetInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RequestPasswordResetPayload> {
    await this.services.passwordResets.request(caller, input.email);
    return { accepted: true };
  }

  @Allow(anyone)
  @Sensitive()
  @Query(() => PasswordResetStatus, {
    description: 'Whether a reset link still works. Asking does not use it up.',
  })
  async passwordResetStatus(
    @Arg('input', () => PasswordResetStatusInput, { description: 'Which link.' })
    input: PasswordResetStatusInput,
  ): Promise<PasswordResetStatus> {
    return { state: await this.services.passwordResets.stateOf(input.token) };
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => ResetPasswordPayload, {
    description:
      'Sets the password with a mailed link, which works once and for an hour. Signs out every device, makes all ' +
      'other links and codes of the account worthless, ends its API keys if that is wished, tells the owner by ' +
      'mail, and signs nobody in. A refused password does not use the link up. Until another second factor was ' +
      'proved beside the new password, no code by mail counts as one. Where nobody had proved the address ' +
      'of a sign-up before, its API keys and second factors end as well. Refused: CHALLENGE_INVALID, ' +
      'CHALLENGE_EXPIRED, PASSWORD_REFUSED, PASSWORD_CHECK_UNAVAILABLE, SERVER_BUSY.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The link and the password.' })
    { token, newPassword, revokeApiKeys }: ResetPasswordInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ResetPasswordPayload> {
    const mailed = { token, newPassword, revokeApiKeys };
    return { sessionsEnded: await this.services.passwordResets.reset(caller, mailed) };
  }
}
