import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import type { LoginService } from '../../login.service.js';
import { LoginResult, LoginSucceeded } from '../../login.type.js';
import type { PasswordMethod } from './password.method.js';
import { LoginInput } from './password.type.js';

interface Services {
  readonly login: LoginService;
  readonly passwordMethod: PasswordMethod;
}

@Resolver()
export class PasswordResolver {
  constructor(private readonly services: Services) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LoginResult, {
    description:
      'Signs in with e-mail address and password. Refused: INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS, ' +
      'RATE_LIMITED, SERVER_BUSY (all with retryAfter but the first), AUDIENCE_UNKNOWN.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in, and with what.' }) input: LoginInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    const { email, password, audience = null } = input;
    const method = this.services.passwordMethod;
    return LoginSucceeded.of(
      await this.services.login.login(caller, { method, input: { email, password }, audience }),
    );
  }
}
