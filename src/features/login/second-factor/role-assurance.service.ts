import { systemCaller } from '../../../kernel/caller.js';
import { addSeconds } from '../../../kernel/clock.js';
import type { DomainEvent } from '../../../kernel/event.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { AccessService } from '../../access/access.service.js';
import { GAINS, type RoleHoldersService } from '../../access/role-holders.service.js';
import type { FactorKindsService } from '../../mfa/factor-kinds.service.js';
import { secondFactorRequired } from '../../mfa/mfa.contract.js';
import { Session } from '../../sessions/session.entity.js';
import type { SessionService } from '../../sessions/session.service.js';
import type { User } from '../../users/user.entity.js';
import { holdUser } from '../held-user.js';

interface Deps {
  readonly bus: EventBus;
  readonly access: AccessService;
  readonly roleHolders: RoleHoldersService;
  readonly sessions: SessionService;
  readonly factorKinds: FactorKindsService;
  readonly settings: { readonly requiredRoles: readonly string[]; readonly enrolmentGraceSeconds: number };
}

/**
 * What a role means for the sessions that its holder has: none goes on below what the policy would ask of the next
 * sign-in. In the transaction that gives it.
 */
export class RoleAssuranceService {
  constructor(private readonly deps: Deps) {
    for (const gain of GAINS) deps.bus.within(gain, async (event, unit) => await this.judge(event, unit));
  }

  private async judge(event: DomainEvent, unit: Unit): Promise<void> {
    const { userIds, roles } = await this.deps.roleHolders.gainOf(unit, event);
    const required = roles.some((role) => this.deps.settings.requiredRoles.includes(role));
    for (const userId of await this.signedInByOne(unit, userIds)) {
      const user = await holdUser(unit, userId);
      if (user) await this.judgeUser(unit, user, required);
    }
  }

  /** Who is not signed in gets what the role asks for at the next sign-in. */
  private async signedInByOne(unit: Unit, userIds: readonly string[]): Promise<string[]> {
    // One is looked at once they are held: a sign-in of theirs under way is waited for.
    if (userIds.length < 2) return [...userIds];
    const among = { userId: { $in: [...userIds] } };
    const single = await unit.em.find(Session, { ...among, ...signedInByOne(unit) });
    const open = new Set(single.map(({ userId }) => userId));
    return userIds.filter((id) => open.has(id));
  }

  private async judgeUser(unit: Unit, user: User, required: boolean): Promise<void> {
    const single = await unit.em.find(Session, { userId: user.id, ...signedInByOne(unit) });
    if (single.length === 0) return;
    if (!this.deps.factorKinds.anyOf(user)) {
      if (required) this.setDeadline(unit, user);
      return;
    }
    // They were opened on the trust in a device, which those with power do not enjoy.
    if (required || (await this.isPrivileged(unit, user.id))) {
      await this.deps.sessions.end(unit, systemCaller('consequence'), single, 'second_factor_required');
    }
  }

  /** Live sessions end at the deadline of the account, those of after an earlier one included. */
  private setDeadline(unit: Unit, user: User): void {
    const given = user.secondFactorDeadline;
    if (given !== null && given > unit.now) return;
    const byDefault = addSeconds(unit.now, this.deps.settings.enrolmentGraceSeconds);
    user.secondFactorDeadline = given === null ? byDefault : unit.now;
    const { id: userId, secondFactorRequired: required, secondFactorDeadline: deadline } = user;
    unit.emit(secondFactorRequired, {
      caller: systemCaller('consequence'),
      subject: { type: 'user', id: userId },
      userId,
      payload: { required, deadline: deadline.toISOString() },
    });
  }

  private async isPrivileged(unit: Unit, userId: string): Promise<boolean> {
    return (await this.deps.access.permissionsWithin(unit, { kind: 'user', id: userId })).length > 0;
  }
}

/** Their live sessions without a second factor. */
function signedInByOne({ now }: Unit) {
  const alive = { revokedAt: null, expiresAt: { $gt: now }, idleExpiresAt: { $gt: now } };
  return { secondFactorAt: null, ...alive };
}
