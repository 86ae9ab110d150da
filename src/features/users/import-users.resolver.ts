import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { ImportUsersService } from './import-users.service.js';
import { ImportUsersInput, ImportUsersPayload } from './import-users.type.js';

@Resolver()
export class ImportUsersResolver {
  constructor(private readonly services: { readonly importUsers: ImportUsersService }) {}

  @Allow(every(can('users:create'), stepUp('import_users')))
  @Mutation(() => ImportUsersPayload, {
    description:
      'Takes accounts from elsewhere, as many as a request may hold; `latchkey import-users` takes any number. ' +
      'Nobody is mailed, accounts that exist stay as they are, and the same lines may be sent again.',
  })
  async importUsers(
    @Arg('input', () => ImportUsersInput, { description: 'The accounts.' }) { jsonLines }: ImportUsersInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ImportUsersPayload> {
    return ImportUsersPayload.of(await this.services.importUsers.importText(caller, jsonLines));
  }
}
