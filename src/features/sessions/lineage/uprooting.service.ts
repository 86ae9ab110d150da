import type { CredentialKind, PlantedCredential, Uprooting } from '../../../platform/credential-kind.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import { User } from '../../users/user.entity.js';
import { Session } from '../session.entity.js';
import type { SessionService } from '../session.service.js';
import { credentialsRemovedMail } from './credentials-removed.mail.js';
import { lineageRevoked } from './lineage.contract.js';
import type { LineageRightsService, Remover } from './lineage-rights.service.js';
import { nameOf, type Planted, type Trace, traceFrom, type TraceStart } from './lineage-trace.js';

/** What has become, or would become, of what a session planted. */
export interface Uprooted {
  readonly revoked: readonly PlantedCredential[];
  /** What stays: not the caller's to take, or what keeps the last admin, or the last second factor, in place. */
  readonly kept: readonly PlantedCredential[];
  /** The sessions that ended. */
  readonly endedSessionIds: readonly string[];
}

/** What to remove, on whose behalf and why. */
export interface UprootingOrder {
  readonly start: TraceStart;
  readonly remover: Remover;
  readonly why: Uprooting;
}

interface Deps {
  readonly sessions: SessionService;
  readonly lineageRights: LineageRightsService;
  readonly mails: MailOutbox;
  readonly credentialKinds: readonly CredentialKind[];
}

/** Removes what can be traced to a session, audits it and tells its owner. */
export class UprootingService {
  constructor(private readonly deps: Deps) {}

  /** Within a unit that holds the users concerned. */
  async within(unit: Unit, order: UprootingOrder): Promise<Uprooted> {
    const { start, remover, why } = order;
    const { trace, ended: first } = await this.endAndTrace(unit, order);
    const { revoked, found } = await this.revokeAll(unit, order, trace.credentials);
    const names = new Set(revoked.map(nameOf));
    const kept = found.filter((each) => !names.has(nameOf(each)));
    // Without a planted role, their owners may be no more than the remover is.
    const rest = await this.endSessions(unit, order, [...start.sessionIds, ...trace.sessionIds]);
    const ended = [...first, ...rest].toSorted();
    const { caller, ownerId } = remover;
    if (revoked.length > 0 || ended.length > 0) {
      const subject = { type: 'session', id: start.sessionIds[0] ?? ownerId };
      const payload = { by: why, credentials: [...names], sessions: ended };
      unit.emit(lineageRevoked, { caller, subject, userId: ownerId, payload });
    }
    await this.tell(unit, ownerId, revoked);
    return { revoked, kept, endedSessionIds: ended };
  }

  /**
   * Each session is ended before what it has made is looked for: its requests under way open nothing from then on, and
   * those that have, or are about to be committed, are waited for and found.
   */
  private async endAndTrace(unit: Unit, order: UprootingOrder): Promise<{ trace: Trace; ended: string[] }> {
    const ended: string[] = [];
    const seen = new Set<string>();
    let next = order.start.sessionIds;
    for (;;) {
      ended.push(...(await this.endSessions(unit, order, next)));
      for (const id of next) seen.add(id);
      const trace = await traceFrom(unit.em, this.deps.credentialKinds, order.start);
      next = trace.sessionIds.filter((id) => !seen.has(id));
      if (next.length === 0) return { trace, ended };
    }
  }

  /**
   * Until nothing new is found: what a planted secret or machine was asked for may have been committed after the look
   * and before its end, which has waited for that.
   */
  private async revokeAll(
    unit: Unit,
    order: UprootingOrder,
    planted: readonly Planted[],
  ): Promise<{ revoked: PlantedCredential[]; found: readonly Planted[] }> {
    const revoked: PlantedCredential[] = [];
    const found = new Map<string, Planted>();
    let next = planted;
    while (next.length > 0) {
      for (const each of next) found.set(nameOf(each), each);
      revoked.push(...(await this.revoke(unit, order, next)));
      const { credentials } = await traceFrom(unit.em, this.deps.credentialKinds, order.start);
      next = credentials.filter((each) => !found.has(nameOf(each)));
    }
    return { revoked, found: [...found.values()] };
  }

  private async revoke(
    unit: Unit,
    { remover, why }: UprootingOrder,
    planted: readonly Planted[],
  ): Promise<PlantedCredential[]> {
    const revoked: PlantedCredential[] = [];
    for (const [owner, ofKind] of Map.groupBy(planted, (each) => each.owner)) {
      const allowed: string[] = [];
      for (const { id, ...facts } of ofKind) {
        const target = { ...facts, permission: owner.permission };
        if (await this.deps.lineageRights.mayRemove(unit, remover, target)) allowed.push(id);
      }
      if (allowed.length === 0) continue;
      const gone = new Set(await owner.revokeWithin(unit, remover.caller, allowed, why));
      revoked.push(...ofKind.filter(({ id }) => gone.has(id)));
    }
    return revoked;
  }

  private async endSessions(
    unit: Unit,
    { start, remover }: UprootingOrder,
    ids: readonly string[],
  ): Promise<string[]> {
    const live = await unit.em.find(Session, {
      id: { $in: [...ids] },
      revokedAt: null,
      expiresAt: { $gt: unit.now },
    });
    const ending: Session[] = [];
    for (const session of live) {
      if (session.id === start.sparedSessionId) continue;
      const target = { userId: session.userId, permission: 'sessions:revoke' };
      if (await this.deps.lineageRights.mayRemove(unit, remover, target)) ending.push(session);
    }
    await this.deps.sessions.end(unit, remover.caller, ending, 'lineage_revoked');
    return ending.map(({ id }) => id);
  }

  private async tell(unit: Unit, ownerId: string, revoked: readonly PlantedCredential[]): Promise<void> {
    const count = revoked.filter(({ userId }) => userId === ownerId).length;
    if (count === 0) return;
    const { email: to, locale } = await unit.em.findOneOrFail(User, { id: ownerId });
    const values = { count, when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, {
      definition: credentialsRemovedMail,
      to,
      userId: ownerId,
      locale,
      values,
    });
  }
}
