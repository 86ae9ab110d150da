import { type Caller, systemCaller, type UserPrincipal } from '../../../kernel/caller.js';
import { addSeconds } from '../../../kernel/clock.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import type { AccessService } from '../../access/access.service.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import type { MfaService } from '../../mfa/mfa.service.js';
import type { TrustedDeviceService } from '../../mfa/trusted-devices/trusted-device.service.js';
import type { SessionService } from '../../sessions/session.service.js';
import type { User } from '../../users/user.entity.js';
import { holdUsers } from '../held-user.js';
import { factorRemovalConfirmed, factorRemovalErrors, REMOVE_FACTORS } from './factor-removal.contract.js';
import type { FactorRemoval } from './factor-removal.entity.js';
import { about, askingAdmin, type FactorRemovalService, getPending } from './factor-removal.service.js';
import { factorsRemovedByAdminsMail } from './factors-removed-by-admins.mail.js';
import { type RemoverFactorService, stillCounts } from './remover-factor.service.js';

/** An admin whom one admin has just made would be the same person twice. */
const HELD_FOR_HOURS = 24;

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
  readonly mfa: MfaService;
  readonly trustedDevices: TrustedDeviceService;
  readonly sessions: SessionService;
  readonly mails: MailOutbox;
  readonly factorRemovals: FactorRemovalService;
  readonly removerFactors: RemoverFactorService;
}

/** Does what one admin has asked for, at the hand of another. */
export class FactorRemovalConfirmationService {
  constructor(private readonly deps: Deps) {}

  /**
   * Takes all second factors, recovery codes and trusted devices from the user, ends their sessions and tells them. Both
   * admins are judged as they are now. Throws FACTOR_REMOVAL_NOT_FOUND, FACTOR_REMOVAL_OVER, FACTOR_REMOVAL_IS_OWN,
   * FACTOR_REMOVAL_NEEDS_FACTOR, SECOND_ADMIN_REQUIRED, SECOND_ADMIN_TOO_NEW or USER_TOO_POWERFUL.
   */
  async confirm(caller: Caller, removalId: string): Promise<void> {
    const admin = askingAdmin(caller);
    const { userId, askedBy } = await this.deps.factorRemovals.find(removalId);
    if (admin.id === userId) throw factorRemovalErrors.FACTOR_REMOVAL_IS_OWN();
    if (admin.id === askedBy) throw factorRemovalErrors.SECOND_ADMIN_REQUIRED();
    await this.deps.unitOfWork.run(async (unit) => {
      const people = await holdUsers(unit, [userId, askedBy, admin.id]);
      const removal = await getPending(unit, removalId);
      const user = people.get(userId);
      if (user?.status !== 'active') throw factorRemovalErrors.FACTOR_REMOVAL_OVER();
      await this.assertStillWished(unit, people.get(askedBy), removal);
      await this.assertMayConfirm(unit, caller, { admin, userId });
      await this.remove(unit, caller, { user, removal, admin });
    });
  }

  /** The wish of somebody who could not ask for it any more is none, nor that of a session which was taken away. */
  private async assertStillWished(
    unit: Unit,
    asker: User | undefined,
    { userId, askedBySessionId }: FactorRemoval,
  ): Promise<void> {
    const { access } = this.deps;
    if (asker?.status !== 'active') throw factorRemovalErrors.FACTOR_REMOVAL_OVER();
    if (!(await stillCounts(unit, askedBySessionId))) throw factorRemovalErrors.FACTOR_REMOVAL_OVER();
    const needed = [REMOVE_FACTORS, ...(await access.permissionsWithin(unit, { kind: 'user', id: userId }))];
    if (!(await access.holdsWithin(unit, { kind: 'user', id: asker.id }, needed))) {
      throw factorRemovalErrors.FACTOR_REMOVAL_OVER();
    }
  }

  private async assertMayConfirm(
    unit: Unit,
    caller: Caller,
    { admin, userId }: { admin: UserPrincipal; userId: string },
  ): Promise<void> {
    await this.deps.accountGuard.assertMayManage(unit, caller, userId);
    const grantedBefore = addSeconds(unit.now, -HELD_FOR_HOURS * 3600);
    const holder = { kind: 'user', id: admin.id } as const;
    if (!(await this.deps.access.holdsWithin(unit, holder, [REMOVE_FACTORS], grantedBefore))) {
      throw factorRemovalErrors.SECOND_ADMIN_TOO_NEW();
    }
    await this.deps.removerFactors.assertProved(unit, admin);
  }

  private async remove(
    unit: Unit,
    caller: Caller,
    { user, removal, admin }: { user: User; removal: FactorRemoval; admin: UserPrincipal },
  ): Promise<void> {
    const { mfa, trustedDevices, sessions, mails } = this.deps;
    const { id: userId, email: to, locale } = user;
    const { id: removalId, askedBy, reason } = removal;
    unit.em.assign(removal, { confirmedBy: admin.id, confirmedAt: unit.now });
    await mfa.removeWithin(unit, caller, { user, by: 'admins' });
    await trustedDevices.revokeAllWithin(unit, userId);
    // As where an account is closed: the end is the product's own doing.
    await sessions.endAllOf(unit, systemCaller('consequence'), userId, 'factors_removed');
    const payload = { removalId, askedBy };
    unit.emit(factorRemovalConfirmed, { ...about(caller, userId), payload, personal: { reason } });
    const values = { when: unit.now.toISOString() };
    mails.enqueue(unit, { definition: factorsRemovedByAdminsMail, to, userId, locale, values });
  }
}
