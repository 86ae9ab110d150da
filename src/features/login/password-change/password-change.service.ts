import type { AccountGuardService } from '../../access/account-guard.service.js';
import type { LockoutService } from '../../lockout/lockout.service.js';
import { lockoutStarted } from '../../lockout/lockout.contract.js';
import type { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import { userErrors } from '../../users/users.contract.js';
import { actsFor, type Caller } from '../../../kernel/caller.js';
import { errors } from '../../../kernel/errors.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { holdUser, holdUsers } from '../held-user.js';
import { loginErrors } from '../login.contract.js';
import { accountOf } from '../login-method.js';
import { passwordChangeRefused, passwordErrors } from '../methods/password/password.contract.js';
import type { PasswordReplacementService } from '../methods/password/password-replacement.service.js';
import {
  contextOf,
  type PasswordService,
  type VerifiedPassword,
} from '../methods/password/password.service.js';
import { unlessFailed } from '../unless-failed.js';

/** What somebody who is signed in says of their password. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly accountGuard: AccountGuardService;
  readonly lockout: LockoutService;
  readonly passwords: PasswordService;
  readonly passwordReplacements: PasswordReplacementService;
}

/** Another password by the hand of somebody who is signed in: the owner, or an admin. */
export class PasswordChangeService {
  constructor(private readonly deps: Deps) {}

  /**
   * Changes the caller's own password, of which they must know the current one, and ends their other sessions; says
   * how many. Throws PASSWORD_NOT_SET, TOO_MANY_ATTEMPTS, INVALID_CREDENTIALS, and what a new password is refused
   * for.
   */
  async change(caller: Caller, { currentPassword, newPassword }: PasswordChange): Promise<number> {
    const { principal } = caller;
    if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
    const user = await this.deps.users.getById(principal.id);
    if (!(await this.deps.passwords.isSet(user))) throw passwordErrors.PASSWORD_NOT_SET();
    const current = await this.judge(caller, user, currentPassword);
    const prepared = await this.deps.passwords.prepare(newPassword, contextOf(user));
    return await this.deps.unitOfWork.run(async (unit) => {
      const held = await holdUser(unit, user.id);
      // Of two changes at once, the second was judged by a password that is not the current one any more.
      if (held?.status !== 'active' || !(await current.stillHolds(unit))) {
        throw loginErrors.INVALID_CREDENTIALS();
      }
      const replacement = { user: held, prepared, by: 'user', keptSessionId: principal.sessionId } as const;
      return await this.deps.passwordReplacements.replaceWithin(unit, caller, replacement);
    });
  }

  /**
   * Sets somebody else's password, for an admin who may do all that they may, and ends their sessions; says how
   * many. Throws USER_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL, PASSWORD_IS_OWN, and what a new password is
   * refused for.
   */
  async setFor(caller: Caller, userId: string, newPassword: string): Promise<number> {
    const { principal } = caller;
    // Whoever has got hold of a session must not keep the account by it.
    if (actsFor(principal, userId)) throw passwordErrors.PASSWORD_IS_OWN();
    const user = await this.deps.users.getById(userId);
    const prepared = await this.deps.passwords.prepare(newPassword, contextOf(user));
    return await this.deps.unitOfWork.run(async (unit) => {
      // An admin who ends sessions while their own is being ended: each would wait for the other's.
      const people = await holdUsers(unit, principal.kind === 'user' ? [userId, principal.id] : [userId]);
      const held = people.get(userId);
      if (!held) throw userErrors.USER_NOT_FOUND();
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      if (held.status === 'deleted') throw userErrors.USER_DELETED();
      const replacement = { user: held, prepared, by: 'admin' } as const;
      return await this.deps.passwordReplacements.replaceWithin(unit, caller, replacement);
    });
  }

  /** By the counter that sign-in counts by: a stolen session must not be a way to guess more often. */
  private async judge(caller: Caller, user: User, password: string): Promise<VerifiedPassword> {
    const { ip, deviceId } = caller;
    const attempt = await this.deps.lockout.attempt({ account: accountOf(user.id), ip, deviceId });
    const verified = await unlessFailed(attempt, () => this.deps.passwords.verify(user, password));
    if (verified.right) {
      await attempt.succeeded();
      return verified;
    }
    const { lockoutStarted: scopes } = await attempt.failed();
    const about = { caller, subject: { type: 'user', id: user.id }, userId: user.id };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(passwordChangeRefused, { ...about, payload: {} });
      if (scopes.length > 0) emit(lockoutStarted, { ...about, payload: { scopes } });
    });
    throw loginErrors.INVALID_CREDENTIALS();
  }
}
