import { type Caller, systemCaller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { DomainEvent } from '../../kernel/event.js';
import { isId, newId } from '../../kernel/id.js';
import type { Lineage } from '../../kernel/lineage.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import type { AccountGuardService } from '../access/account-guard.service.js';
import { challengeErrors } from '../challenges/challenges.contract.js';
import type { User } from '../users/user.entity.js';
import { emailChanged, userDeactivated, userDeleted } from '../users/users.contract.js';
import { deviceLabel, MAX_USER_AGENT_LENGTH } from './device-label.js';
import { RefreshToken } from './refresh-token.entity.js';
import { newRefreshToken, refreshTokenHash } from './refresh-token-secret.js';
import { Session } from './session.entity.js';
import { type RevokeReason, sessionCreated, sessionErrors, sessionRevoked } from './sessions.contract.js';

export interface SessionSettings {
  /** Seconds without a refresh after which a session ends. */
  readonly idleTtlSeconds: number;
  /** Seconds after which it ends in any case. */
  readonly absoluteTtlSeconds: number;
}

/** How the user proved who they are. */
export interface Assurance {
  readonly method: string;
  readonly amr: readonly string[];
  readonly acr: string;
  /** Whether a second factor is among the proofs. */
  readonly secondFactor: boolean;
  /** The credentials that it was proved with, as `<kind>:<id>`. */
  readonly openedWith: readonly string[];
  /** Where the newest of these credentials comes from: the session that planted it, if one did. */
  readonly lineage: Lineage;
  /** The id that the session was promised before it began, for what is created on the way to it. */
  readonly sessionId?: string;
}

/** A session just opened; the refresh token exists in clear only here. */
export interface OpenedSession {
  readonly session: Session;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly accountGuard: AccountGuardService;
  readonly settings: SessionSettings;
}

/**
 * Owns sessions: how they begin, which there are, how they end. `open` is for the login policy alone; nothing
 * else in the product mints a session. Ending one is written, audited and announced in one transaction.
 */
export class SessionService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(userDeactivated, async (event, unit) => this.endAllFor(event, unit, 'user_deactivated'));
    deps.bus.within(userDeleted, async (event, unit) => this.endAllFor(event, unit, 'user_deleted'));
    deps.bus.within(emailChanged, async (event, unit) => this.endForNewAddress(event, unit));
  }

  /** Begins a session within `unit`. */
  open(unit: Unit, caller: Caller, user: User, assurance: Assurance): OpenedSession {
    const { settings } = this.deps;
    const expiresAt = addSeconds(unit.now, settings.absoluteTtlSeconds);
    const idleExpiresAt = earlier(addSeconds(unit.now, settings.idleTtlSeconds), expiresAt);
    const session = unit.em.create(Session, {
      id: assurance.sessionId ?? newId(),
      userId: user.id,
      method: assurance.method,
      authTime: unit.now,
      secondFactorAt: assurance.secondFactor ? unit.now : null,
      amr: [...assurance.amr],
      acr: assurance.acr,
      deviceLabel: deviceLabel(caller.userAgent),
      userAgent: caller.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
      ip: caller.ip,
      place: caller.place,
      flags: [],
      createdAt: unit.now,
      lastSeenAt: unit.now,
      idleExpiresAt,
      expiresAt,
      revokedAt: null,
      revokeReason: null,
      openedWith: [...assurance.openedWith],
      ...assurance.lineage,
    });
    const refreshToken = newRefreshToken();
    unit.em.create(RefreshToken, {
      id: newId(),
      sessionId: session.id,
      tokenHash: refreshTokenHash(refreshToken),
      issuedAt: unit.now,
      expiresAt: idleExpiresAt,
      rotatedAt: null,
      successorSalt: null,
    });
    unit.emit(sessionCreated, {
      caller,
      subject: { type: 'session', id: session.id },
      userId: user.id,
      payload: { method: assurance.method, amr: [...assurance.amr], acr: assurance.acr },
    });
    return { session, refreshToken, refreshTokenExpiresAt: idleExpiresAt };
  }

  /**
   * One session, whether it is live or not: the caller's own, or anybody's with `mayReadAny`. Throws SESSION_NOT_FOUND
   * for one the caller may not see.
   */
  async get({ principal }: Caller, sessionId: string, mayReadAny: boolean): Promise<Session> {
    const session = isId(sessionId) ? await this.deps.em.fork().findOne(Session, { id: sessionId }) : null;
    const own = principal.kind === 'user' && session?.userId === principal.id;
    if (!session || !(own || mayReadAny)) throw sessionErrors.SESSION_NOT_FOUND();
    return session;
  }

  /**
   * Ends one session: the caller's own, or anybody's with `mayEndAny`. Ending it again changes nothing.
   * Throws SESSION_NOT_FOUND for one the caller may not end, USER_TOO_POWERFUL for one of somebody who may do more.
   */
  async revoke(caller: Caller, sessionId: string, mayEndAny: boolean): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      const session = isId(sessionId) ? await unit.em.findOne(Session, { id: sessionId }) : null;
      const own = caller.principal.kind === 'user' && session?.userId === caller.principal.id;
      if (!session || !(own || mayEndAny)) throw sessionErrors.SESSION_NOT_FOUND();
      if (!own) await this.deps.accountGuard.assertMayManage(unit, caller, session.userId);
      await this.end(unit, caller, [session], own ? 'revoked_by_user' : 'revoked_by_admin');
    });
  }

  /** Ends all the caller's sessions but the one they are asking through; says how many. */
  async revokeOthers(caller: Caller): Promise<number> {
    const { principal } = caller;
    if (principal.kind !== 'user') return 0;
    return await this.deps.unitOfWork.run(async (unit) => {
      const others = await unit.em.find(Session, {
        userId: principal.id,
        id: { $ne: principal.sessionId },
        ...this.alive(),
      });
      await this.end(unit, caller, others, 'revoked_by_user');
      return others.length;
    });
  }

  /**
   * Ends the session of the refresh token, or else the one the request came in on, also when its access token
   * has expired. Never fails: what cannot be ended has ended.
   */
  async logout(caller: Caller, refreshToken: string | null): Promise<void> {
    const named = refreshToken === null ? null : await this.findIdByRefreshToken(refreshToken);
    const sessionId = named ?? sessionOf(caller);
    if (sessionId === null) return;
    await this.deps.unitOfWork.run(async (unit) => {
      const session = await unit.em.findOne(Session, { id: sessionId });
      if (session) await this.end(unit, caller, [session], 'logout');
    });
  }

  /** Ends every session of a user within `unit`. */
  async endAllOf(unit: Unit, caller: Caller, userId: string, reason: RevokeReason): Promise<void> {
    await this.end(unit, caller, await unit.em.find(Session, { userId, revokedAt: null }), reason);
  }

  /** Ends sessions within `unit`; those that ended before stay as they are. */
  async end(
    unit: Unit,
    caller: Caller,
    sessions: readonly Pick<Session, 'id'>[],
    reason: RevokeReason,
  ): Promise<void> {
    if (sessions.length === 0) return;
    // The statement decides who ended which, so that two processes write one event for each.
    const ended: { id: string; user_id: string }[] = await unit.em.execute(
      `update sessions set revoked_at = ?, revoke_reason = ?
       where id = any(?::uuid[]) and revoked_at is null returning id, user_id`,
      [unit.now, reason, `{${sessions.map(({ id }) => id).join(',')}}`],
    );
    for (const { id, user_id: userId } of ended) {
      unit.emit(sessionRevoked, { caller, subject: { type: 'session', id }, userId, payload: { reason } });
    }
  }

  /** Whether a session has not been ended, as the unit sees it; those who end it with all it made hold its user first. */
  async isOpenWithin({ em }: Unit, sessionId: string): Promise<boolean> {
    return (await em.count(Session, { id: sessionId, revokedAt: null })) > 0;
  }

  /** Within a unit that will delete the sessions of a user: waits for refreshes under way, and holds up new ones. */
  async holdRefreshes({ em }: Unit, userId: string): Promise<void> {
    // A refresh locks its token first and its session then; the other way round, each would wait for the other.
    await em.execute(
      `select from refresh_tokens where session_id in (select id from sessions where user_id = ?)
       order by id for update`,
      [userId],
    );
  }

  /**
   * What an admin did to an account ends its sessions; the end is the product's own doing. The admin's address stays
   * with what they did: beside the system's name it could not be found when the admin is erased.
   */
  private async endAllFor({ userId }: DomainEvent, unit: Unit, reason: RevokeReason): Promise<void> {
    if (userId !== null) await this.endAllOf(unit, systemCaller('consequence'), userId, reason);
  }

  /**
   * The owner's change leaves the session that asked for it; taking one back leaves none. Throws CHALLENGE_INVALID
   * when that session was ended since, other than by signing out: its owner took back what it asked for.
   */
  private async endForNewAddress(event: DomainEvent, unit: Unit): Promise<void> {
    const { userId, payload } = event;
    if (userId === null || payload['by'] === 'admin') return;
    const kept = payload['keptSessionId'];
    const asking = typeof kept === 'string' ? await unit.em.findOne(Session, { id: kept }) : null;
    const { revokeReason = null } = asking ?? {};
    if (revokeReason !== null && revokeReason !== 'logout') throw challengeErrors.CHALLENGE_INVALID();
    const alive = await unit.em.find(Session, { userId, revokedAt: null });
    const others = alive.filter(({ id }) => id !== kept);
    await this.end(unit, systemCaller('consequence'), others, 'email_changed');
  }

  private async findIdByRefreshToken(token: string): Promise<string | null> {
    const tokenHash = refreshTokenHash(token);
    const row = await this.deps.em.fork().findOne(RefreshToken, { tokenHash });
    return row?.sessionId ?? null;
  }

  private alive() {
    const now = this.deps.clock.now();
    return { revokedAt: null, expiresAt: { $gt: now }, idleExpiresAt: { $gt: now } };
  }
}

function sessionOf({ principal }: Caller): string | null {
  if (principal.kind === 'user') return principal.sessionId;
  return principal.kind === 'anonymous' ? (principal.lapsedSessionId ?? null) : null;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
