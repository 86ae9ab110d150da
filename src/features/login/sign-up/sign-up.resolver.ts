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
      'Opens an account and mails a link and a code that prove its address. The answer is the same for an address ' +
      'that already has an account; its owner gets a mail that says so. Refused: PASSWORD_REFUSED, ' +
      'PASSWORD_CHECK_UNAVAILABLE, EMAIL_INVALID, EMAIL_DOMAIN_REFUSED, USERNAME_INVALID, USERNAME_TAKEN, ' +
      'REGISTRATION_DISABLED, RATE_LIMITED (per network, and three times an hour per address), SERVER_BUSY.',
  })
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'Who wants an account.' }) input: SignUpInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<SignUpPayload> {
    const { email, password, username = null, displayName = null, locale = null } = input;
    const wish = { email, password, username, displayName, locale };
    return { accepted: true, ...(await this.services.signUps.signUp(caller, wish)) };
  }
}
