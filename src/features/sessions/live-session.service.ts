import type { Clock } from '../../kernel/clock.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import type { Logger } from '../../platform/logger.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import { factorEnrolled, factorRemoved, secondFactorRequired } from '../mfa/mfa.contract.js';
import {
  emailChanged,
  emailVerified,
  userDeactivated,
  userDeleted,
  userUpdated,
} from '../users/users.contract.js';
import { endsAt } from './session-deadline.js';
import { sessionReauthenticated, sessionRevoked } from './sessions.contract.js';

/** How often `last_seen_at` is written. */
const SEEN_EVERY_MS = 60_000;

/** A session that may be used, as every authenticated request needs it. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string;
  /** Whether the account has a second factor that this session has not proved. */
  readonly lacksSecondFactor: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Milliseconds since the epoch; moves as the session is used. */
  lastSeenAt: number;
}

/** $1 session, $2 the kinds of factors that do not count. */
const FIND_LIVE = defineStatement<LiveSession>(
  'session-find-live',
  `select s.id, s.user_id as "userId", u.email, u.email_verified_at is not null as "emailVerified",
     extract(epoch from s.auth_time)::float8 as "authTime", s.amr, s.acr,
     s.second_factor_at is null and jsonb_array_length(u.factor_kinds - $2::text[]) > 0 as "lacksSecondFactor",
     extract(epoch from ${endsAt('$2')})::float8 * 1000 as "expiresAt",
     extract(epoch from s.last_seen_at)::float8 * 1000 as "lastSeenAt"
   from sessions s join users u on u.id = s.user_id
   where s.id = $1::uuid and s.revoked_at is null and u.status = 'active'`,
);

const SEEN = defineStatement(
  'session-seen',
  'update sessions set last_seen_at = $2::timestamptz where id = $1::uuid and last_seen_at < $2::timestamptz',
);

/** After these, what a session says of its user may be different. */
const ABOUT_USERS = [
  userDeactivated,
  userDeleted,
  userUpdated,
  emailVerified,
  emailChanged,
  factorEnrolled,
  factorRemoved,
  secondFactorRequired,
];

interface Deps {
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly factorKinds: FactorKindsService;
}

/**
 * The sessions that requests come in on, held in memory while the event feed is current. A revocation drops
 * its session at once, in this process before the revoker is answered, in the others when the event arrives.
 */
export class LiveSessionService {
  private readonly sessions: FeedCache<LiveSession>;

  constructor(private readonly deps: Deps) {
    this.sessions = new FeedCache({ feed: deps.feed, max: 50_000 });
    deps.feed.on(sessionRevoked.name, ({ subjectId }) => this.sessions.drop(subjectId));
    deps.feed.on(sessionReauthenticated.name, ({ subjectId }) => this.sessions.drop(subjectId));
    // What a session says of its user may have changed: it is read anew, if it may still be used at all.
    for (const { name } of ABOUT_USERS) {
      deps.feed.on(name, ({ userId }) => this.sessions.dropWhere((session) => session.userId === userId));
    }
  }

  /** The session if it may still be used, or null; it counts as seen. */
  async find(id: string): Promise<LiveSession | null> {
    const session = await this.read(id);
    if (!session || this.isOver(session)) return null;
    this.see(session);
    return session;
  }

  /** What `find` says of a session that is in memory and may be used; undefined where `find` has to be asked. */
  recall(id: string): LiveSession | undefined {
    const session = this.sessions.peek(id);
    if (!session || this.isOver(session)) return undefined;
    this.see(session);
    return session;
  }

  /** As `find`, for whoever only wants to know. */
  async peek(id: string): Promise<LiveSession | null> {
    const session = await this.read(id);
    return session && !this.isOver(session) ? session : null;
  }

  private read(id: string): Promise<LiveSession | null> {
    return this.sessions.get(id, async () => {
      const [row] = await this.deps.statements.run(FIND_LIVE, [id, this.deps.factorKinds.notTaken]);
      return row ?? null;
    });
  }

  private isOver({ expiresAt }: LiveSession): boolean {
    return expiresAt <= this.deps.clock.now().getTime();
  }

  private see(session: LiveSession): void {
    const now = this.deps.clock.now();
    if (now.getTime() - session.lastSeenAt < SEEN_EVERY_MS) return;
    session.lastSeenAt = now.getTime();
    this.deps.statements.run(SEEN, [session.id, now.toISOString()]).catch((error: unknown) => {
      this.deps.logger.warn({ error }, 'last_seen_at was not written');
    });
  }
}
