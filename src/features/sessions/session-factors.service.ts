import { LockMode } from '@mikro-orm/core';
import { systemCaller } from '../../kernel/caller.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { factorEnrolled, factorRemoved } from '../mfa/mfa.contract.js';
import { Session } from './session.entity.js';
import type { SessionService } from './session.service.js';
import { sessionErrors, sessionReauthenticated } from './sessions.contract.js';

interface Deps {
  readonly bus: EventBus;
  readonly sessions: SessionService;
}

/** What another second factor, or one less, means for the sessions that there are; in the same transaction. */
export class SessionFactorsService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(factorEnrolled, async (event, unit) => await this.enrolled(event, unit));
    deps.bus.within(factorRemoved, async (event, unit) => await this.removed(event, unit));
  }

  /** No session stands below what the account asks from now on: the one that enrolled it has proved it. */
  private async enrolled(event: DomainEvent, unit: Unit): Promise<void> {
    const { userId } = event;
    if (userId === null) return;
    const kept = await this.lift(event, unit);
    const without = await unit.em.find(Session, { userId, revokedAt: null, secondFactorAt: null });
    const others = without.filter(({ id }) => id !== kept);
    await this.deps.sessions.end(unit, systemCaller('consequence'), others, 'second_factor_added');
  }

  private async lift({ caller, actor, userId, payload }: DomainEvent, unit: Unit): Promise<string | null> {
    const { sessionId } = actor;
    if (sessionId === null || actor.id !== userId) return null;
    const own = { id: sessionId, userId, revokedAt: null };
    const session = await unit.em.findOne(Session, own, { lockMode: LockMode.PESSIMISTIC_WRITE });
    // Ended meanwhile: what it brings now would outlive it.
    if (!session) throw sessionErrors.SESSION_EXPIRED();
    session.secondFactorAt = unit.now;
    session.amr = [...new Set([...session.amr, 'mfa'])];
    session.openedWith = [...new Set([...session.openedWith, nameOf(payload)])];
    // A mailbox is no authenticator of its own (NIST SP 800-63B §3.1.3.1): it does not lift the level.
    if (payload['kind'] !== 'email_code') session.acr = 'aal2';
    const subject = { type: 'session', id: sessionId };
    unit.emit(sessionReauthenticated, {
      caller,
      subject,
      userId,
      payload: { amr: [...session.amr], acr: session.acr },
    });
    return sessionId;
  }

  /** What was opened with a factor that is gone may be an intruder's: it ends, but for the session that took it. */
  private async removed({ actor, userId, payload }: DomainEvent, unit: Unit): Promise<void> {
    const opened: { id: string }[] = await unit.em.execute(
      'select id from sessions where user_id = ? and revoked_at is null and opened_with @> ?::jsonb',
      [userId, JSON.stringify([nameOf(payload)])],
    );
    const others = opened.filter(({ id }) => id !== actor.sessionId);
    await this.deps.sessions.end(unit, systemCaller('consequence'), others, 'credential_removed');
  }
}

/** As `openedWith` names it. */
function nameOf({ kind, factorId }: DomainEvent['payload']): string {
  return `${String(kind)}:${String(factorId)}`;
}
