import type { Caller } from '../../../kernel/caller.js';
import { addSeconds } from '../../../kernel/clock.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import { secondFactorRequired } from '../../mfa/mfa.contract.js';
import type { User } from '../../users/user.entity.js';
import { userErrors } from '../../users/users.contract.js';
import { holdUser } from '../held-user.js';

/** What an admin decides about the second factor of an account. */
export interface SecondFactorRequirement {
  readonly userId: string;
  readonly required: boolean;
  /** Until when the account may still be used without one; null: as long as AUTH_MFA_ENROLMENT_GRACE says, from now. */
  readonly deadline: Date | null;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly accountGuard: AccountGuardService;
  readonly settings: { readonly enrolmentGraceSeconds: number };
}

/** Whether one account must have a second factor, whatever the settings say of all. */
export class SecondFactorRequirementService {
  constructor(private readonly deps: Deps) {}

  /** Throws USER_NOT_FOUND, USER_DELETED or USER_TOO_POWERFUL. */
  async set(caller: Caller, { userId, required, deadline }: SecondFactorRequirement): Promise<User> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (!user) throw userErrors.USER_NOT_FOUND();
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      if (user.status === 'deleted') throw userErrors.USER_DELETED();
      const byDefault = addSeconds(unit.now, this.deps.settings.enrolmentGraceSeconds);
      // The settings may require one all the same: then their grace runs from the next sign-in.
      const secondFactorDeadline = required ? (deadline ?? byDefault) : null;
      unit.em.assign(user, { secondFactorRequired: required, secondFactorDeadline, updatedAt: unit.now });
      const payload = { required, deadline: secondFactorDeadline?.toISOString() ?? null };
      unit.emit(secondFactorRequired, { caller, subject: { type: 'user', id: userId }, userId, payload });
      return user;
    });
  }
}
