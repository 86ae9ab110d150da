import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { Allow, can } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { ExportUsersService } from './export-users.service.js';
import { ExportArgs, UserExport } from './export-users.type.js';

@Resolver()
export class ExportUsersResolver {
  constructor(private readonly services: { readonly exportUsers: ExportUsersService }) {}

  @Allow(can('users:list'))
  @Query(() => UserExport, {
    description:
      'Accounts as lines of JSON, oldest first, the deleted ones left out; every page is audited. Hashes of ' +
      'passwords never come over the wire (`latchkey export-users` has them), metadata needs `users:read`.',
  })
  async exportUsers(
    @Args(() => ExportArgs) page: ExportArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UserExport> {
    return UserExport.of(await this.services.exportUsers.page(caller, page.toRequest()));
  }
}
