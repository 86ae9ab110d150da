import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { ClientSecretService } from './client-secret.service.js';
import {
  ClientSecretType,
  CreateClientSecretInput,
  CreateClientSecretPayload,
  RevokeClientSecretInput,
  RevokeClientSecretPayload,
  RotateClientSecretInput,
  RotateClientSecretPayload,
} from './client-secret.type.js';
import type { NewClientSecret } from './new-client-secret.js';

@Resolver()
export class ClientSecretResolver {
  constructor(private readonly services: { readonly clientSecrets: ClientSecretService }) {}

  @Allow(every(can('service_accounts:modify'), stepUp('create_client_secret')))
  @Sensitive()
  @Mutation(() => CreateClientSecretPayload, {
    description:
      'Gives a service account another client secret, which is shown once; it has 10 at most. Refused: ' +
      'STEP_UP_REQUIRED, SERVICE_ACCOUNT_NOT_FOUND, USER_TOO_POWERFUL, CLIENT_SECRET_LIMIT, RATE_LIMITED.',
  })
  async createClientSecret(
    @Arg('input', () => CreateClientSecretInput, { description: 'Whose, and for how long.' })
    { serviceAccountId, name, expiresInDays = null }: CreateClientSecretInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateClientSecretPayload> {
    const wish = { serviceAccountId: serviceAccountId.toLowerCase(), name, expiresInDays };
    return shown(await this.services.clientSecrets.create(caller, wish));
  }

  @Allow(every(can('service_accounts:modify'), stepUp('rotate_client_secret')))
  @Sensitive()
  @Mutation(() => RotateClientSecretPayload, {
    description:
      'Puts a new client secret, which is shown once, in the place of one; the old one ends after the overlap, and with ' +
      'it the access tokens that it got. Refused: STEP_UP_REQUIRED, CLIENT_SECRET_NOT_FOUND, CLIENT_SECRET_REPLACED, ' +
      'CLIENT_SECRET_LIMIT, USER_TOO_POWERFUL, RATE_LIMITED.',
  })
  async rotateClientSecret(
    @Arg('input', () => RotateClientSecretInput, { description: 'Which one, and for how long.' })
    { clientSecretId, overlapSeconds, expiresInDays = null }: RotateClientSecretInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RotateClientSecretPayload> {
    const rotation = { overlapSeconds, expiresInDays };
    return shown(await this.services.clientSecrets.rotate(caller, clientSecretId.toLowerCase(), rotation));
  }

  @Allow(every(can('service_accounts:modify'), stepUp('revoke_client_secret')))
  @Mutation(() => RevokeClientSecretPayload, {
    description:
      'Ends a client secret: it, the access tokens that it got and the sockets opened with them are refused from then ' +
      'on, everywhere within a second. Refused: STEP_UP_REQUIRED, CLIENT_SECRET_NOT_FOUND, USER_TOO_POWERFUL.',
  })
  async revokeClientSecret(
    @Arg('input', () => RevokeClientSecretInput, { description: 'Which one.' })
    { clientSecretId }: RevokeClientSecretInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeClientSecretPayload> {
    await this.services.clientSecrets.revoke(caller, clientSecretId.toLowerCase());
    return { clientSecretId };
  }
}

function shown({ row, secret }: NewClientSecret): { clientSecret: ClientSecretType; secret: string } {
  return { clientSecret: ClientSecretType.of(row), secret };
}
