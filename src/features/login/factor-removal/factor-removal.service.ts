import { LockMode } from '@mikro-orm/core';
import { type Caller, systemCaller, type UserPrincipal } from '../../../kernel/caller.js';
import { addSeconds, type Clock } from '../../../kernel/clock.js';
import { errors } from '../../../kernel/errors.js';
import type { DomainEvent } from '../../../kernel/event.js';
import { isId, newId } from '../../../kernel/id.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import type { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import { userDeactivated, userDeleted } from '../../users/users.contract.js';
import {
  factorRemovalErrors,
  factorRemovalRequested,
  factorRemovalWithdrawn,
} from './factor-removal.contract.js';
import { FactorRemoval } from './factor-removal.entity.js';
import { factorRemovalRequestedMail } from './factor-removal-requested.mail.js';
import type { RemoverFactorService } from './remover-factor.service.js';

const HOURS = 24;
/** More than that are never pending, unless somebody plays with them. */
const MAX_LISTED = 100;

interface Deps {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly users: UserService;
  readonly accountGuard: AccountGuardService;
  readonly mails: MailOutbox;
  readonly removerFactors: RemoverFactorService;
}

/**
 * The wishes of admins that somebody who has lost their second factors be rid of them. What a wish comes to is
 * `FactorRemovalConfirmationService`'s, at the hand of another admin.
 */
export class FactorRemovalService {
  constructor(private readonly deps: Deps) {
    const { bus } = deps;
    for (const definition of [userDeactivated, userDeleted]) {
      // Should the account be opened again, somebody has to wish it again.
      bus.within(definition, async (event, unit) => await this.withdrawAllOf(event, unit));
    }
  }

  /** Those that wait for another admin, oldest first, 100 at most. */
  async listPending(): Promise<FactorRemoval[]> {
    const pending = pendingAt(this.deps.clock.now());
    return await this.deps.em
      .fork()
      .find(FactorRemoval, pending, { orderBy: { id: 'asc' }, limit: MAX_LISTED });
  }

  /**
   * Asks; the user is told at once. Throws USER_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL, FACTOR_REMOVAL_USER_CLOSED,
   * FACTOR_REMOVAL_IS_OWN, FACTOR_REMOVAL_NEEDS_FACTOR or FACTOR_REMOVAL_PENDING.
   */
  async request(caller: Caller, userId: string, reason: string): Promise<FactorRemoval> {
    const admin = askingAdmin(caller);
    if (admin.id === userId) throw factorRemovalErrors.FACTOR_REMOVAL_IS_OWN();
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await this.deps.users.holdWithin(unit, userId);
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      if (user.status !== 'active') throw factorRemovalErrors.FACTOR_REMOVAL_USER_CLOSED();
      await this.deps.removerFactors.assertProved(unit, admin);
      // The user is held: of many at once, one gets past here.
      const isPending = (await unit.em.count(FactorRemoval, { userId, ...pendingAt(unit.now) })) > 0;
      if (isPending) throw factorRemovalErrors.FACTOR_REMOVAL_PENDING();
      const removal = unit.em.create(FactorRemoval, {
        id: newId(),
        userId,
        askedBy: admin.id,
        askedBySessionId: admin.sessionId,
        reason,
        createdAt: unit.now,
        expiresAt: addSeconds(unit.now, HOURS * 3600),
        confirmedBy: null,
        confirmedAt: null,
        withdrawnAt: null,
      });
      const payload = { removalId: removal.id };
      unit.emit(factorRemovalRequested, { ...about(caller, userId), payload, personal: { reason } });
      this.tell(unit, user);
      return removal;
    });
  }

  /** Takes a wish back, whoever's it was. Throws FACTOR_REMOVAL_NOT_FOUND, USER_TOO_POWERFUL or FACTOR_REMOVAL_OVER. */
  async withdraw(caller: Caller, removalId: string): Promise<void> {
    const { userId } = await this.find(removalId);
    await this.deps.unitOfWork.run(async (unit) => {
      await this.deps.users.holdWithin(unit, userId);
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      const removal = await getPending(unit, removalId);
      withdraw(unit, caller, removal);
    });
  }

  /** One, whatever became of it. Throws FACTOR_REMOVAL_NOT_FOUND. */
  async find(removalId: string): Promise<FactorRemoval> {
    const removal = isId(removalId)
      ? await this.deps.em.fork().findOne(FactorRemoval, { id: removalId })
      : null;
    if (!removal) throw factorRemovalErrors.FACTOR_REMOVAL_NOT_FOUND();
    return removal;
  }

  private async withdrawAllOf({ subject }: DomainEvent, unit: Unit): Promise<void> {
    const removals = await unit.em.find(FactorRemoval, { userId: subject.id, ...pendingAt(unit.now) });
    for (const removal of removals) withdraw(unit, systemCaller('consequence'), removal);
  }

  private tell(unit: Unit, { id: userId, email: to, locale }: User): void {
    const values = { when: unit.now.toISOString(), hours: HOURS };
    this.deps.mails.enqueue(unit, { definition: factorRemovalRequestedMail, to, userId, locale, values });
  }
}

/** Machines take no part: two admins are two people. */
export function askingAdmin({ principal }: Caller): UserPrincipal {
  if (principal.kind !== 'user') throw errors.FORBIDDEN();
  return principal;
}

/** One that still waits, locked within a unit that holds the user. Throws FACTOR_REMOVAL_OVER. */
export async function getPending({ em, now }: Unit, id: string): Promise<FactorRemoval> {
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE };
  const removal = await em.findOne(FactorRemoval, { id, ...pendingAt(now) }, locked);
  if (!removal) throw factorRemovalErrors.FACTOR_REMOVAL_OVER();
  return removal;
}

/** What an event about the user says of who did it. */
export function about(
  caller: Caller,
  userId: string,
): { caller: Caller; subject: { type: string; id: string }; userId: string } {
  return { caller, subject: { type: 'user', id: userId }, userId };
}

function pendingAt(now: Date) {
  return { confirmedAt: null, withdrawnAt: null, expiresAt: { $gt: now } };
}

function withdraw({ now, emit }: Unit, caller: Caller, removal: FactorRemoval): void {
  const { id: removalId, userId, askedBy, reason } = removal;
  removal.withdrawnAt = now;
  const payload = { removalId, askedBy };
  emit(factorRemovalWithdrawn, { ...about(caller, userId), payload, personal: { reason } });
}
