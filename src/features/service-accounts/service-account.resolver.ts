import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Allow, can, every, stepUp, unlessEmpty } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { Uuid } from '../../graphql/scalars.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { ClientSecretService } from './client-secret.service.js';
import { ClientSecretType } from './client-secret.type.js';
import type { ServiceAccountService } from './service-account.service.js';
import {
  CreateServiceAccountInput,
  CreateServiceAccountPayload,
  DisableServiceAccountInput,
  DisableServiceAccountPayload,
  ServiceAccountConnection,
  ServiceAccountType,
  UpdateServiceAccountInput,
  UpdateServiceAccountPayload,
} from './service-account.type.js';

type Said<Input> = { readonly [Name in keyof Input]?: NonNullable<Input[Name]> };

interface Services {
  readonly serviceAccounts: ServiceAccountService;
  readonly clientSecrets: ClientSecretService;
}

@Resolver(() => ServiceAccountType)
export class ServiceAccountResolver {
  constructor(private readonly services: Services) {}

  @Allow(can('service_accounts:read'))
  @Query(() => ServiceAccountConnection, { description: 'All service accounts, newest first.' })
  async serviceAccounts(@Args(() => PageArgs) page: PageArgs): Promise<ConnectionShape<ServiceAccountType>> {
    return toConnection(await this.services.serviceAccounts.list(page.toRequest()));
  }

  @Allow(can('service_accounts:read'))
  @Query(() => ServiceAccountType, {
    nullable: true,
    description: 'The service account of that id, enabled or not, or null.',
  })
  async serviceAccount(
    @Arg('id', () => Uuid, { description: 'The account’s id.' }) id: string,
  ): Promise<ServiceAccountType | null> {
    return await this.services.serviceAccounts.findById(id.toLowerCase());
  }

  @Allow(can('service_accounts:read'))
  @FieldResolver(() => [String], { nullable: true, description: 'The names of its roles.' })
  async roles(@Root() { id }: ServiceAccountType, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const { serviceAccounts } = this.services;
    return (await loaders.load('service-account-roles', id, (ids) => serviceAccounts.rolesOfMany(ids))) ?? [];
  }

  @Allow(can('service_accounts:read'))
  @FieldResolver(() => [ClientSecretType], {
    nullable: true,
    description: 'Its client secrets that are good, newest first; 10 at most.',
  })
  async clientSecrets(
    @Root() { id }: ServiceAccountType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ClientSecretType[]> {
    const { clientSecrets } = this.services;
    const found = await loaders.load('service-account-secrets', id, (ids) => clientSecrets.listOfMany(ids));
    return (found ?? []).map((secret) => ClientSecretType.of(secret));
  }

  @Allow(
    every(
      can('service_accounts:create'),
      unlessEmpty('roles', can('roles:manage')),
      stepUp('create_service_account'),
    ),
  )
  @Sensitive()
  @Mutation(() => CreateServiceAccountPayload, {
    description:
      'Creates a service account with one client secret, which is shown once. Refused: STEP_UP_REQUIRED, ' +
      'SERVICE_ACCOUNT_NAME_TAKEN, AUDIENCE_UNKNOWN, AUDIENCE_TOO_WIDE, PERMISSION_UNKNOWN, ROLE_UNKNOWN, ' +
      'ROLE_TOO_WIDE, RATE_LIMITED.',
  })
  async createServiceAccount(
    @Arg('input', () => CreateServiceAccountInput, { description: 'What to create.' })
    input: CreateServiceAccountInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateServiceAccountPayload> {
    const { name, roles } = input;
    const created = await this.services.serviceAccounts.create(caller, { ...said(input), name, roles });
    return { ...created, clientId: created.serviceAccount.id };
  }

  @Allow(every(can('service_accounts:modify'), stepUp('change_service_account')))
  @Mutation(() => UpdateServiceAccountPayload, {
    description:
      'Changes a service account, from its next request on, or enables it again. Refused: STEP_UP_REQUIRED, ' +
      'SERVICE_ACCOUNT_NOT_FOUND, USER_TOO_POWERFUL, FORBIDDEN, SERVICE_ACCOUNT_NAME_TAKEN, ' +
      'AUDIENCE_UNKNOWN, AUDIENCE_TOO_WIDE, PERMISSION_UNKNOWN.',
  })
  async updateServiceAccount(
    @Arg('input', () => UpdateServiceAccountInput, { description: 'Which one, and what is to be different.' })
    { id, enabled, scopes, ...wish }: UpdateServiceAccountInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UpdateServiceAccountPayload> {
    const limit = scopes === undefined ? {} : { scopes };
    const change = { ...said(wish), ...limit, enable: enabled === true };
    return { serviceAccount: await this.services.serviceAccounts.update(caller, id.toLowerCase(), change) };
  }

  @Allow(every(can('service_accounts:disable'), stepUp('disable_service_account')))
  @Mutation(() => DisableServiceAccountPayload, {
    description:
      'Disables a service account: its client secrets, API keys and access tokens are refused from then on, and its ' +
      'open sockets close. Refused: STEP_UP_REQUIRED, SERVICE_ACCOUNT_NOT_FOUND, USER_TOO_POWERFUL.',
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

/** What an input says: neither what it leaves out, nor null, which stands for the same. */
function said<Input extends object>(input: Input): Said<Input> {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as Said<Input>;
}
