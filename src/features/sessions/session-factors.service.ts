import { LockMode } from '@mikro-orm/core';
import { systemCaller } from '../../kernel/caller.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { type FactorKind, liftsLevel, OPENED_BY_MAIL } from '../mfa/factor.js';
import { factorEnrolled, factorRemoved, recoveryCodesIssued } from '../mfa/mfa.contract.js';
import { deviceDistrusted } from '../mfa/trusted-devices/trusted-devices.contract.js';
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
    deps.bus.within(recoveryCodesIssued, async (event, unit) => await this.replaced(event, unit));
    deps.bus.within(deviceDistrusted, async (event, unit) => await this.distrusted(event, unit));
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
    const openedByMail = session.openedWith.includes(OPENED_BY_MAIL);
    if (liftsLevel(payload['kind'] as FactorKind, openedByMail)) session.acr = 'aal2';
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
    // Who proved the mailbox did not come in by what an intruder has turned on.
    if (payload['by'] === 'lineage' && payload['kind'] === 'email_code') return;
    await this.endOpenedWith(unit, { userId, name: nameOf(payload), keptSessionId: actor.sessionId });
  }

  /** Whoever came in by one of the earlier codes may be who their owner replaced them for. */
  private async replaced({ actor, userId, payload }: DomainEvent, unit: Unit): Promise<void> {
    const { replacedId } = payload;
    if (typeof replacedId !== 'string') return;
    const name = `recovery_code:${replacedId}`;
    await this.endOpenedWith(unit, { userId, name, keptSessionId: actor.sessionId });
  }

  /** One device more than the account may have is no sign of an intruder. */
  private async distrusted({ userId, payload }: DomainEvent, unit: Unit): Promise<void> {
    const { trustedDeviceId, by, keptSessionId } = payload;
    if (by === 'limit') return;
    await this.endOpenedWith(unit, {
      userId,
      name: `trusted_device:${String(trustedDeviceId)}`,
      keptSessionId,
    });
  }

  private async endOpenedWith(
    unit: Unit,
    { userId, name, keptSessionId }: { userId: string | null; name: string; keptSessionId: unknown },
  ): Promise<void> {
    const opened: { id: string }[] = await unit.em.execute(
      'select id from sessions where user_id = ? and revoked_at is null and opened_with @> ?::jsonb',
      [userId, JSON.stringify([name])],
    );
    const others = opened.filter(({ id }) => id !== keptSessionId);
    await this.deps.sessions.end(unit, systemCaller('consequence'), others, 'credential_removed');
  }
}

/** As `openedWith` names it. */
function nameOf({ kind, factorId }: DomainEvent['payload']): string {
  return `${String(kind)}:${String(factorId)}`;
}
