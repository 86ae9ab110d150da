import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import type { SignUpService } from './sign-up.service.js';
import { SignUpInput, SignUpPayload } from './sign-up.type.js';

@Resolver()
export class SignUpResolver {
  constructor(private readonly services: { readonly signUps: SignUpService }) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => SignUpPayload, {
    description:
      'Opens an account. The answer is the same for an address that already has one; its owner gets a mail. ' +
      'Refused: PASSWORD_REFUSED, EMAIL_INVALID, REGISTRATION_DISABLED, RATE_LIMITED.',
  })
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'Who wants an account.' }) input: SignUpInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<SignUpPayload> {
    const { email, password, displayName = null } = input;
    await this.services.signUps.signUp(caller, { email, password, displayName });
    return { accepted: true };
  }
}
