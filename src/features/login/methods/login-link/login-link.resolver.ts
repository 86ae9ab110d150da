import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { TokenTransport } from '../../../sessions/session.type.js';
import type { LoginService } from '../../login.service.js';
import { LoginResult, loginResultOf } from '../../login.type.js';
import type { LoginLinkMethod } from './login-link.method.js';
import type { LoginLinkService } from './login-link.service.js';
import { LoginWithLinkInput, RequestLoginLinkInput, RequestLoginLinkPayload } from './login-link.type.js';

interface Services {
  readonly login: LoginService;
  readonly loginLinks: LoginLinkService;
  readonly loginLinkMethod: LoginLinkMethod;
}

@Resolver()
export class LoginLinkResolver {
  constructor(private readonly services: Services) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => RequestLoginLinkPayload, {
    description:
      'Mails a link and six digits that sign in, once and for ten minutes. The answer is the same for an address ' +
      'without an account, and nobody is written to. The link works in the browser that asked, by its device cookie, ' +
      'which is set here; the digits work with the challengeId. At most five mails an hour and address. Refused: ' +
      'LOGIN_LINK_DISABLED, EMAIL_INVALID, AUDIENCE_UNKNOWN, RATE_LIMITED.',
  })
  async requestLoginLink(
    @Arg('input', () => RequestLoginLinkInput, { description: 'Who wants to sign in.' })
    { email, audience = null }: RequestLoginLinkInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<RequestLoginLinkPayload> {
    const { canKeepDevice } = cookies;
    const pending = await this.services.loginLinks.request(caller, { email, audience, canKeepDevice });
    if (pending.deviceId !== null) cookies.keepDevice(pending.deviceId);
    return pending;
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LoginResult, {
    description:
      'Signs in with what a mail said, which is used up. It proves the address too: a password that was set before ' +
      'the address was ever proved ends with the sessions it opened, and the owner is told. At most fifteen codes an ' +
      'hour are tried at one address. Refused: LOGIN_LINK_DISABLED, LOGIN_LINK_ELSEWHERE, CHALLENGE_INVALID, ' +
      'CHALLENGE_EXPIRED, CHALLENGE_EXHAUSTED, INVALID_CREDENTIALS, SECOND_FACTOR_UNAVAILABLE, INVALID_INPUT, TOO_MANY_ATTEMPTS, RATE_LIMITED, ' +
      'AUDIENCE_UNKNOWN, CSRF_REFUSED and COOKIES_UNAVAILABLE (with the transport COOKIE).',
  })
  async loginWithLink(
    @Arg('input', () => LoginWithLinkInput, { description: 'What the mail said.' }) input: LoginWithLinkInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    if (input.transport === TokenTransport.COOKIE) cookies.assertSettable();
    const mailed = await this.services.loginLinks.find(input);
    const attempt = {
      method: this.services.loginLinkMethod,
      input: mailed,
      audience: input.audience ?? mailed.audience,
      canKeepDevice: cookies.canKeepDevice,
    };
    return loginResultOf(await this.services.login.login(caller, attempt), input.transport, cookies);
  }
}
