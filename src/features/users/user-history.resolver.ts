import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { Allow, can, either, refusalOf, type Rule } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { Uuid } from '../../graphql/scalars.js';
import { AuditEventConnection, AuditEventType } from '../audit/audit-event.type.js';
import type { UserHistoryService } from './user-history.service.js';

/** The user whom the argument `userId` names. */
const themself: Rule = {
  description: 'the user themself',
  needs: { ownership: true },
  kinds: ['user'],
  judge: ({ caller, args: { userId } }) =>
    caller.principal.kind === 'user' && caller.principal.id === String(userId).toLowerCase()
      ? true
      : refusalOf(caller, { rule: themself.description }),
};

@Resolver()
export class UserHistoryResolver {
  constructor(private readonly services: { readonly userHistory: UserHistoryService }) {}

  @Allow(either(themself, can('users:read')))
  @Query(() => AuditEventConnection, {
    description: 'What happened to an account, newest first. Its owner is not told who did what others did.',
  })
  async userHistory(
    @Arg('userId', () => Uuid, { description: 'The user’s id.' }) userId: string,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConnectionShape<AuditEventType>> {
    const found = await this.services.userHistory.list(caller, userId.toLowerCase(), page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: AuditEventType.of(node) }));
    return toConnection({ ...found, edges });
  }
}
