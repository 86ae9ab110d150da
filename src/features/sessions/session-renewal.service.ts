import { LockMode } from '@mikro-orm/core';
import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import type { Unit } from '../../platform/database/unit.js';
import { liftsLevel, OPENED_BY_MAIL, type ProvedFactor } from '../mfa/factor.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import { Session } from './session.entity.js';
import { endsAt } from './session-deadline.js';
import { sessionErrors, sessionReauthenticated } from './sessions.contract.js';

/** What its user has proved again. */
export interface Renewal {
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** The second factor that was proved; null for a password. */
  readonly factor: ProvedFactor | null;
}

/** Lets a session know that its user has proved again who they are. */
export class SessionRenewalService {
  constructor(private readonly deps: { readonly factorKinds: FactorKindsService }) {}

  /**
   * The proof counts from now on, for the access tokens that are out as well: those of a session are judged by its row.
   * Within a unit that holds the user and the session.
   */
  renewWithin(unit: Unit, caller: Caller, session: Session, renewal: Renewal): void {
    const { factor } = renewal;
    const proofs = [...session.amr, ...renewal.amr, ...(factor ? ['mfa'] : [])];
    session.amr = [...new Set(proofs)];
    session.authTime = unit.now;
    if (factor) {
      session.secondFactorAt = unit.now;
      // Whoever takes an intruder's factor away ends what rests on it.
      session.openedWith = [...new Set([...session.openedWith, `${factor.kind}:${factor.id}`])];
      if (liftsLevel(factor.kind, session.openedWith.includes(OPENED_BY_MAIL))) session.acr = 'aal2';
    }
    const payload = { amr: [...renewal.amr], acr: session.acr };
    const subject = { type: 'session', id: session.id };
    unit.emit(sessionReauthenticated, { caller, subject, userId: session.userId, payload });
  }

  /** The caller's session, unless it has ended, held until the unit ends. Throws SESSION_EXPIRED. */
  async holdWithin({ em, now }: Unit, { id: userId, sessionId }: UserPrincipal): Promise<Session> {
    const session = await em.findOne(
      Session,
      { id: sessionId, userId, revokedAt: null, expiresAt: { $gt: now } },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    if (!session || !(await this.isInTimeWithin({ em, now }, sessionId)))
      throw sessionErrors.SESSION_EXPIRED();
    return session;
  }

  /** Whether the session has not come to the end that the deadline for a second factor sets it, or its own. */
  async isInTimeWithin({ em, now }: Pick<Unit, 'em' | 'now'>, sessionId: string): Promise<boolean> {
    const rows: unknown[] = await em.execute(
      `select 1 from sessions s join users u on u.id = s.user_id where s.id = ? and ${endsAt('?')} > ?`,
      [sessionId, this.deps.factorKinds.notTaken, now],
    );
    return rows.length > 0;
  }
}
