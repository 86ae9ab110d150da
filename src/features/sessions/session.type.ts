import { ArgsType, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf, type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { Page } from '../../kernel/cursor.js';
import { SUSPICION_REASONS, type SuspicionReason } from './session-flags.policy.js';
import type { Session } from './session.entity.js';

/** What can be unusual about the beginning of a session, in the words of the API. */
export const SuspicionReasonEnum = {
  NEW_NETWORK: 'new_network',
  NEW_AGENT: 'new_agent',
  FAILURES_BEFORE: 'failures_before',
} as const satisfies Record<string, SuspicionReason>;
registerEnumType(SuspicionReasonEnum, {
  name: 'SuspicionReason',
  description: 'What was unusual about the beginning of a session, compared with the account’s others.',
  valuesConfig: {
    NEW_NETWORK: { description: 'None of them began from this network (/24, or /64 for IPv6).' },
    NEW_AGENT: { description: 'None of them began on such a device, by its label.' },
    FAILURES_BEFORE: { description: 'Somebody failed to sign in to the account within the hour before.' },
  },
});

@ObjectType('Session', { description: 'One signed-in device.' })
export class SessionType implements Pick<Session, 'id' | 'method' | 'amr' | 'acr' | 'deviceLabel' | 'ip'> {
  @Field(() => Uuid, { description: 'The id: the `sid` claim of its access tokens.' })
  id!: string;

  userId!: string;

  @Field(() => String, { description: 'The login method that began it, such as `password`.' })
  method!: string;

  @Field(() => DateTime, { description: 'When the user last proved who they are.' })
  authTime!: Date;

  @Field(() => [String], { description: 'How they proved it, by the names of RFC 8176.' })
  amr!: string[];

  @Field(() => String, { description: 'The assurance level reached: `aal1` or `aal2`.' })
  acr!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When they last proved a second factor in it; null if they never did.',
  })
  secondFactorAt!: Date | null;

  @Field(() => String, { description: 'What a person calls the device, such as `Chrome on Windows`.' })
  deviceLabel!: string;

  @Field(() => String, { nullable: true, description: 'The address it began from.' })
  ip!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Where that is, as the operator’s proxy tells it (`AUTH_PLACE_HEADER`); null where none does.',
  })
  place!: string | null;

  @Field(() => [SuspicionReasonEnum], {
    description: 'What was unusual about its beginning; empty for the first session of an account.',
  })
  suspicious!: SuspicionReason[];

  @Field(() => DateTime, { description: 'When it began.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last used, within a minute.' })
  lastSeenAt!: Date;

  @Field(() => DateTime, { description: 'When it ends in any case.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When somebody or something ended it before that.' })
  revokedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why: one of the reasons of `sessionRevoked`.' })
  revokeReason!: string | null;

  static of(session: Session): SessionType {
    const suspicious = SUSPICION_REASONS.filter((reason) => session.flags.includes(reason));
    return Object.assign(new SessionType(), session, { suspicious });
  }
}

/** The arguments of a list of one's own sessions. */
@ArgsType()
export class SessionPageArgs extends PageArgs {
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether those that ended within the last 30 days are among them.',
  })
  includeEnded!: boolean;
}

/** A page of sessions. */
export const SessionConnection = connectionOf('Session', SessionType);

/** A page of sessions as its connection type. */
export function pageOfSessions(page: Page<Session>): ConnectionShape<SessionType> {
  return toConnection({
    ...page,
    edges: page.edges.map(({ cursor, node }) => ({ cursor, node: SessionType.of(node) })),
  });
}

/** Where the tokens of a session go. */
export const TokenTransport = { TOKEN: 'token', COOKIE: 'cookie' } as const;
export type TokenTransport = (typeof TokenTransport)[keyof typeof TokenTransport];
registerEnumType(TokenTransport, {
  name: 'TokenTransport',
  description: 'Where the tokens of a session go.',
  valuesConfig: {
    TOKEN: { description: 'Into the answer: for apps, services and pages that keep tokens in memory.' },
    COOKIE: {
      description:
        'Into cookies that no script can read, for the browser to send by itself. The answer holds a CSRF token ' +
        'instead, which the page repeats in the header `X-CSRF-Token`. Over HTTP only, and only for pages that ' +
        'may use cookies (CSRF_REFUSED, COOKIES_UNAVAILABLE).',
    },
  },
});

@ObjectType({ description: 'What a signed-in client holds. Keep both tokens out of URLs and logs.' })
export class Tokens {
  @Field(() => String, {
    description: 'The access token, a JWT (RFC 9068); send it as `Authorization: Bearer`.',
  })
  accessToken!: string;

  @Field(() => DateTime, { description: 'When the access token expires.' })
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description: 'The refresh token: opaque, works once. Keep the one that `refreshSession` answers with.',
  })
  refreshToken!: string;

  @Field(() => DateTime, {
    description: 'When the refresh token, and with it the session, expires unless used.',
  })
  refreshTokenExpiresAt!: Date;
}

@ObjectType({ description: 'The refreshed session.' })
export class RefreshSessionPayload {
  @Field(() => Tokens, {
    nullable: true,
    description: 'The tokens that replace the ones the client held; null when they went into cookies.',
  })
  tokens!: Tokens | null;

  @Field(() => String, {
    nullable: true,
    description: 'With cookies, what to send as `X-CSRF-Token`; otherwise null.',
  })
  csrfToken!: string | null;

  /** With a CSRF token, the tokens themselves have gone into cookies. */
  static of(tokens: Tokens, csrfToken: string | null): RefreshSessionPayload {
    return { tokens: csrfToken === null ? tokens : null, csrfToken };
  }
}

@ObjectType({ description: 'The session has ended.' })
export class LogoutPayload {
  @Field(() => Boolean, { description: 'Always true: signing out twice, or with an expired token, is fine.' })
  ok!: boolean;
}

@ObjectType({ description: 'The session has ended.' })
export class RevokeSessionPayload {
  @Field(() => Uuid, { description: 'The session that was ended.' })
  sessionId!: string;
}

@ObjectType({ description: 'The other sessions have ended.' })
export class RevokeOtherSessionsPayload {
  @Field(() => Int, { description: 'How many were ended.' })
  revokedCount!: number;
}

@ObjectType({ description: 'A session has ended: tokens that carry its id are dead.' })
export class SessionRevokedEvent {
  @Field(() => Uuid, { description: 'The session: the `sid` claim of its tokens.' })
  sessionId!: string;

  @Field(() => Uuid, { description: 'Whose session it was: the `sub` claim of its tokens.' })
  userId!: string;

  @Field(() => String, {
    description:
      'Why: `logout`, `revoked_by_user`, `revoked_by_admin`, `refresh_token_reused`, `user_deactivated`, ' +
      '`user_deleted`, `password_changed`, `password_reset`, `email_changed`, `factors_removed`, ' +
      '`second_factor_added` (it had not proved one), `second_factor_required` (nor had it, and a new role asks for ' +
      'one), `credential_removed` (it was opened with that) or ' +
      '`lineage_revoked` (it came from a session whose work was undone, or was that session).',
  })
  reason!: string;

  @Field(() => DateTime, { description: 'When.' })
  revokedAt!: Date;

  @Field(() => String, {
    description: 'The place in the event log; pass it as `after` to hear what came since.',
  })
  cursor!: string;
}
