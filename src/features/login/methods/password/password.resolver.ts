import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { TokenTransport } from '../../../sessions/session.type.js';
import type { LoginService } from '../../login.service.js';
import { LoginResult, loginResultOf } from '../../login.type.js';
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
      'Signs in with e-mail address or username, and password. Refused: INVALID_CREDENTIALS, ' +
      'TOO_MANY_ATTEMPTS, RATE_LIMITED, SERVER_BUSY (all with retryAfter but the first), AUDIENCE_UNKNOWN, SECOND_FACTOR_UNAVAILABLE, ' +
      'CSRF_REFUSED and COOKIES_UNAVAILABLE (with the transport COOKIE).',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in, and with what.' }) input: LoginInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    const { email = null, username = null, password, audience = null, transport } = input;
    if (transport === TokenTransport.COOKIE) cookies.assertSettable();
    const method = this.services.passwordMethod;
    const attempt = {
      method,
      input: { email, username, password },
      audience,
      canKeepDevice: cookies.canKeepDevice,
    };
    return loginResultOf(await this.services.login.login(caller, attempt), transport, cookies);
  }
}
