import type { Caller } from '../../../kernel/caller.js';
import { addSeconds } from '../../../kernel/clock.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import { mfaErrors, secondFactorRequired } from '../../mfa/mfa.contract.js';
import type { User } from '../../users/user.entity.js';
import { userErrors } from '../../users/users.contract.js';
import { holdUser } from '../held-user.js';

/** The longest that an admin may put it off, unless AUTH_MFA_ENROLMENT_GRACE is longer: 90 days. */
const LONGEST_SECONDS = 90 * 86_400;

/** What an admin decides about the second factor of an account. */
export interface SecondFactorRequirement {
  readonly userId: string;
  readonly required: boolean;
  /**
   * Until when the account may still be used without one; null: as long as AUTH_MFA_ENROLMENT_GRACE says, from now.
   * The past counts as now, and what lies too far off as the longest there is.
   */
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

  /** Throws REQUIREMENT_IS_OWN, USER_NOT_FOUND, USER_DELETED or USER_TOO_POWERFUL. */
  async set(caller: Caller, { userId, required, deadline }: SecondFactorRequirement): Promise<User> {
    const { principal } = caller;
    if (principal.kind === 'user' && principal.id === userId) throw mfaErrors.REQUIREMENT_IS_OWN();
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (!user) throw userErrors.USER_NOT_FOUND();
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      if (user.status === 'deleted') throw userErrors.USER_DELETED();
      // The settings may require one all the same: then their grace runs from the next sign-in.
      const secondFactorDeadline = required ? this.deadlineOf(deadline, unit.now) : null;
      unit.em.assign(user, { secondFactorRequired: required, secondFactorDeadline, updatedAt: unit.now });
      const payload = { required, deadline: secondFactorDeadline?.toISOString() ?? null };
      unit.emit(secondFactorRequired, { caller, subject: { type: 'user', id: userId }, userId, payload });
      return user;
    });
  }

  /** Sessions end at it if they began before: with one in the past, those of today would go on. */
  private deadlineOf(wished: Date | null, now: Date): Date {
    const { enrolmentGraceSeconds } = this.deps.settings;
    if (wished === null) return addSeconds(now, enrolmentGraceSeconds);
    const last = addSeconds(now, Math.max(enrolmentGraceSeconds, LONGEST_SECONDS));
    if (wished <= now) return now;
    return wished > last ? last : wished;
  }
}
