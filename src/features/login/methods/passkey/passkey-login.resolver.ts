import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { TokenTransport } from '../../../sessions/session.type.js';
import type { LoginService } from '../../login.service.js';
import { LoginResult, loginResultOf } from '../../login.type.js';
import { LoginWithPasskeyInput, RequestPasskeyLoginPayload } from './passkey-login.type.js';
import type { PasskeyMethod } from './passkey.method.js';

interface Services {
  readonly login: LoginService;
  readonly passkeyMethod: PasskeyMethod;
}

@Resolver()
export class PasskeyLoginResolver {
  constructor(private readonly services: Services) {}

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => RequestPasskeyLoginPayload, {
    description:
      'Begins a sign-in with whichever passkey its user chooses. Refused: FACTOR_UNAVAILABLE where the operator wants ' +
      'no sign-in with a passkey alone, RATE_LIMITED.',
  })
  async requestPasskeyLogin(@Ctx() { caller }: GraphQLContext): Promise<RequestPasskeyLoginPayload> {
    const { publicKey, expiresAt } = await this.services.passkeyMethod.ask(caller);
    return { publicKey: { ...publicKey }, expiresAt };
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LoginResult, {
    description:
      'Signs in with a passkey that has verified its user, now and when it was registered; that counts as two factors. ' +
      'Whatever is wrong with the answer, its challenge is used up. Refused: INVALID_CREDENTIALS, FACTOR_UNAVAILABLE, ' +
      'TOO_MANY_ATTEMPTS, RATE_LIMITED, AUDIENCE_UNKNOWN, CSRF_REFUSED and COOKIES_UNAVAILABLE (with the transport ' +
      'COOKIE).',
  })
  async loginWithPasskey(
    @Arg('input', () => LoginWithPasskeyInput, { description: 'What the passkey answered.' })
    { credential, audience = null, transport }: LoginWithPasskeyInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<typeof LoginResult> {
    if (transport === TokenTransport.COOKIE) cookies.assertSettable();
    const { canKeepDevice } = cookies;
    const method = this.services.passkeyMethod;
    const attempt = { method, input: { credential }, audience, canKeepDevice };
    return loginResultOf(await this.services.login.login(caller, attempt), transport, cookies);
  }
}
