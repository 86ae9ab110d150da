import { Args, Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../graphql/context.js';
import type { ConnectionShape } from '../../graphql/page.type.js';
import type { SessionListService } from '../sessions/session-list.service.js';
import {
  pageOfSessions,
  SessionConnection,
  SessionPageArgs,
  type SessionType,
} from '../sessions/session.type.js';
import { Viewer } from './viewer.type.js';

@Resolver(() => Viewer)
export class ViewerSessionsResolver {
  constructor(private readonly services: { readonly sessionLists: SessionListService }) {}

  @FieldResolver(() => SessionConnection, {
    nullable: true,
    description: 'For a user: their live sessions, newest first.',
  })
  async sessions(
    @Args(() => SessionPageArgs) page: SessionPageArgs,
    @Ctx() { caller: { principal } }: GraphQLContext,
  ): Promise<ConnectionShape<SessionType> | null> {
    if (principal.kind !== 'user') return null;
    return pageOfSessions(
      await this.services.sessionLists.listOf(principal.id, page.toRequest(), page.includeEnded),
    );
  }
}
