import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import type { AudienceService } from '../tokens/audience.service.js';
import type { ServiceAccountService } from './service-account.service.js';
import {
  CreateServiceAccountInput,
  CreateServiceAccountPayload,
  DisableServiceAccountInput,
  DisableServiceAccountPayload,
  ServiceAccountConnection,
  type ServiceAccountType,
} from './service-account.type.js';

interface Services {
  readonly serviceAccounts: ServiceAccountService;
  readonly audiences: AudienceService;
}

@Resolver()
export class ServiceAccountResolver {
  constructor(private readonly services: Services) {}

  @Allow(can('service_accounts:read'))
  @Query(() => ServiceAccountConnection, { description: 'All service accounts, newest first.' })
  async serviceAccounts(@Args(() => PageArgs) page: PageArgs): Promise<ConnectionShape<ServiceAccountType>> {
    return toConnection(await this.services.serviceAccounts.list(page.toRequest()));
  }

  @Allow(every(can('service_accounts:create'), stepUp('create_service_account')))
  @Mutation(() => CreateServiceAccountPayload, {
    description: 'Creates a service account with one client secret, which is shown once.',
  })
  async createServiceAccount(
    @Arg('input', () => CreateServiceAccountInput, { description: 'What to create.' })
    input: CreateServiceAccountInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateServiceAccountPayload> {
    const audiences = input.audiences ?? [this.services.audiences.own];
    const created = await this.services.serviceAccounts.create(caller, { ...input, audiences });
    return { ...created, clientId: created.serviceAccount.id };
  }

  @Allow(every(can('service_accounts:disable'), stepUp('disable_service_account')))
  @Mutation(() => DisableServiceAccountPayload, {
    description:
      'Disables a service account: its credentials and open sockets are refused from then on. Refused: ' +
      'SERVICE_ACCOUNT_NOT_FOUND, ' +
      'USER_TOO_POWERFUL.',
  })
  async disableServiceAccount(
    @Arg('input', () => DisableServiceAccountInput, { description: 'Which one to disable.' }) {
      id,
    }: DisableServiceAccountInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<DisableServiceAccountPayload> {
    return { serviceAccount: await this.services.serviceAccounts.disable(caller, id.toLowerCase()) };
  }
}
