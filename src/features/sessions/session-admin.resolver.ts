import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { hasPermission } from '../../kernel/caller.js';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { ConnectionShape } from '../../graphql/page.type.js';
import type { SessionAdminService } from './session-admin.service.js';
import { RevokeSessionsInput, RevokeSessionsPayload, SuspiciousSessionsArgs } from './session-admin.type.js';
import { pageOfSessions, SessionConnection, type SessionType } from './session.type.js';

@Resolver()
export class SessionAdminResolver {
  constructor(private readonly services: { readonly sessionAdmin: SessionAdminService }) {}

  @Allow(can('sessions:read'))
  @Query(() => SessionConnection, {
    description:
      'Sessions of all users whose beginning was unusual, newest first, those that ended within the last 30 days ' +
      'included.',
  })
  async suspiciousSessions(
    @Args(() => SuspiciousSessionsArgs) page: SuspiciousSessionsArgs,
  ): Promise<ConnectionShape<SessionType>> {
    return pageOfSessions(await this.services.sessionAdmin.suspicious(page.toRequest(), page.since ?? null));
  }

  @Allow(every(can('sessions:revoke'), stepUp('revoke_sessions')))
  @Mutation(() => RevokeSessionsPayload, {
    description:
      'Ends the live sessions of whoever fits the filter, never the caller’s own. A few hundred at a time: if it is ' +
      'cut off, those before have ended, and the rest end when it is sent again.',
  })
  async revokeSessions(
    @Arg('input', () => RevokeSessionsInput, { description: 'Which sessions to end.' })
    input: RevokeSessionsInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeSessionsPayload> {
    const revoked = await this.services.sessionAdmin.revoke(caller, input);
    const sessions = hasPermission(caller.principal, 'sessions:read') ? revoked.sessions : [];
    return RevokeSessionsPayload.of(input.dryRun, { ...revoked, sessions });
  }
}
