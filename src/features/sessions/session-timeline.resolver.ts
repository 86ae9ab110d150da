import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Allow, can, either, owns } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { AuditEventConnection, AuditEventType } from '../audit/audit-event.type.js';
import type { UserHistoryService } from '../users/user-history.service.js';
import { SessionType } from './session.type.js';

@Resolver(() => SessionType)
export class SessionTimelineResolver {
  constructor(private readonly services: { readonly userHistory: UserHistoryService }) {}

  @Allow(either(owns('userId'), can('sessions:read')))
  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description:
      'What happened to it and what was done through it, newest first. Of what was done to others it tells what and ' +
      'when, not their personal facts.',
  })
  async timeline(
    @Root() { id: sessionId, userId }: SessionType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConnectionShape<AuditEventType>> {
    const session = { sessionId, userId };
    const found = await this.services.userHistory.listOfSession(caller, session, page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: AuditEventType.of(node) }));
    return toConnection({ ...found, edges });
  }
}
