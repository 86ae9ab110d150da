import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { hasPermission } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import { Allow, anyone, every, ofHolders, signedIn, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext, SessionCookies } from '../../graphql/context.js';
import type { ConnectionShape } from '../../graphql/page.type.js';
import { Uuid } from '../../graphql/scalars.js';
import { Sensitive } from '../../graphql/sensitive.js';
import { ownerOr, UserType } from '../users/user.type.js';
import type { RefreshService } from './refresh.service.js';
import { LogoutInput, RefreshSessionInput, RevokeSessionInput } from './session.input.js';
import type { SessionListService } from './session-list.service.js';
import type { SessionService } from './session.service.js';
import {
  LogoutPayload,
  pageOfSessions,
  RefreshSessionPayload,
  RevokeOtherSessionsPayload,
  RevokeSessionPayload,
  SessionConnection,
  SessionPageArgs,
  SessionType,
} from './session.type.js';
import { sessionErrors } from './sessions.contract.js';

interface Services {
  readonly sessions: SessionService;
  readonly sessionLists: SessionListService;
  readonly refresh: RefreshService;
}

@Resolver(() => SessionType)
export class SessionResolver {
  constructor(private readonly services: Services) {}

  @Allow(signedIn)
  @Query(() => SessionConnection, { description: 'The caller’s own live sessions, newest first.' })
  async sessions(
    @Args(() => SessionPageArgs) page: SessionPageArgs,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConnectionShape<SessionType>> {
    const userId = caller.principal.kind === 'user' ? caller.principal.id : '';
    const found = await this.services.sessionLists.listOf(userId, page.toRequest(), page.includeEnded);
    return pageOfSessions(found);
  }

  @Allow(signedIn)
  @Query(() => SessionType, {
    description:
      'One of the caller’s sessions, ended ones included for 30 days; anybody’s with `sessions:read`.',
  })
  async session(
    @Arg('id', () => Uuid, { description: 'The session’s id.' }) id: string,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<SessionType> {
    const mayReadAny = hasPermission(caller.principal, 'sessions:read');
    return SessionType.of(await this.services.sessions.get(caller, id.toLowerCase(), mayReadAny));
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => RefreshSessionPayload, {
    description:
      'Exchanges a refresh token for new tokens. It works once; within 10 seconds a repeated call gets the ' +
      'same refresh token again, later it ends the session (REFRESH_REUSED). Tokens go where the refresh token ' +
      'came from: one given as input is answered in `tokens`, one out of the cookie with new cookies.',
  })
  async refreshSession(
    @Arg('input', () => RefreshSessionInput, { description: 'What to refresh.' }) input: RefreshSessionInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<RefreshSessionPayload> {
    const { refreshToken = null, audience = null } = input;
    if (refreshToken !== null) {
      return RefreshSessionPayload.of(
        await this.services.refresh.refresh(caller, refreshToken, audience),
        null,
      );
    }
    const presented = cookies.presented();
    if (presented === null) throw sessionErrors.REFRESH_INVALID();
    const refreshed = await this.services.refresh
      .refresh(caller, presented.refreshToken ?? '', audience)
      .catch((error: unknown) => forget(cookies, error));
    return RefreshSessionPayload.of(refreshed, cookies.set(refreshed));
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => LogoutPayload, {
    description:
      'Ends the session of the given refresh token, or else of the request’s access token, expired or not, or ' +
      'of its cookies, which are cleared in any case.',
  })
  async logout(
    @Arg('input', () => LogoutInput, { nullable: true, description: 'Which session to end.' })
    input: LogoutInput | null,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<LogoutPayload> {
    const given = input?.refreshToken ?? null;
    const presented = given === null ? cookies.presented() : null;
    await this.services.sessions.logout(caller, given ?? presented?.refreshToken ?? null);
    if (presented !== null) cookies.clear();
    return { ok: true };
  }

  @Allow(every(signedIn, ofHolders('sessions:revoke', stepUp('revoke_sessions'))))
  @Mutation(() => RevokeSessionPayload, {
    description:
      'Ends one of the caller’s sessions, or anybody’s with `sessions:revoke`. Refused: SESSION_NOT_FOUND, ' +
      'USER_TOO_POWERFUL.',
  })
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which session to end.' }) {
      sessionId,
    }: RevokeSessionInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeSessionPayload> {
    const mayEndAny = hasPermission(caller.principal, 'sessions:revoke');
    await this.services.sessions.revoke(caller, sessionId.toLowerCase(), mayEndAny);
    return { sessionId };
  }

  @Allow(signedIn)
  @Mutation(() => RevokeOtherSessionsPayload, {
    description: 'Ends all the caller’s sessions but the one of this request.',
  })
  async revokeOtherSessions(@Ctx() { caller }: GraphQLContext): Promise<RevokeOtherSessionsPayload> {
    return { revokedCount: await this.services.sessions.revokeOthers(caller) };
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is the session of this request.' })
  current(@Root() session: SessionType, @Ctx() { caller }: GraphQLContext): boolean {
    return caller.principal.kind === 'user' && caller.principal.sessionId === session.id;
  }
}

/** A refused session is over: its cookies are of no more use. After an outage they still are. */
function forget(cookies: SessionCookies, error: unknown): never {
  if (error instanceof AuthError && error.status === 401) cookies.clear();
  throw error;
}

@Resolver(() => UserType)
export class UserSessionsResolver {
  constructor(private readonly services: Pick<Services, 'sessionLists'>) {}

  @Allow(ownerOr('sessions:read'))
  @FieldResolver(() => [SessionType], {
    nullable: true,
    description: 'The user’s live sessions, newest first.',
  })
  async sessions(@Root() user: UserType, @Ctx() { loaders }: GraphQLContext): Promise<SessionType[]> {
    const found = await loaders.load('user-sessions', user.id, (ids) =>
      this.services.sessionLists.listOfMany(ids),
    );
    return (found ?? []).map((session) => SessionType.of(session));
  }
}
