import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import type { PasswordStrengthService } from './password-strength.service.js';
import { PasswordStrength, PasswordStrengthInput } from './password-strength.type.js';

@Resolver()
export class PasswordStrengthResolver {
  constructor(private readonly services: { readonly passwordStrength: PasswordStrengthService }) {}

  @Allow(anyone)
  @Sensitive()
  @Query(() => PasswordStrength, {
    description:
      'Tells how good a password would be, while somebody types it. It is neither kept nor looked up anywhere; a ' +
      'network may ask 120 times a minute. Refused: RATE_LIMITED, SERVER_BUSY.',
  })
  async passwordStrength(
    @Arg('input', () => PasswordStrengthInput, { description: 'The password.' })
    { password, context }: PasswordStrengthInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<PasswordStrength> {
    return await this.services.passwordStrength.measure(caller, { password, context });
  }
}
