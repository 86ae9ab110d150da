import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import type { ActivationService } from './activation.service.js';
import { ActivateAccountInput, ActivateAccountPayload } from './activation.type.js';

@Resolver()
export class ActivationResolver {
  constructor(private readonly services: { readonly activations: ActivationService }) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => ActivateAccountPayload, {
    description:
      'Sets the first password of an account that an admin has opened, with the mailed link, which works once and ' +
      'for 72 hours; the address counts as proved then. Signs nobody in. A refused password does not use the link ' +
      'up. Refused: CHALLENGE_INVALID, CHALLENGE_EXPIRED, PASSWORD_REFUSED, PASSWORD_CHECK_UNAVAILABLE, SERVER_BUSY.',
  })
  async activateAccount(
    @Arg('input', () => ActivateAccountInput, { description: 'The link and the password.' })
    { token, newPassword }: ActivateAccountInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ActivateAccountPayload> {
    await this.services.activations.activate(caller, { token, newPassword });
    return { activated: true };
  }
}
