import type { Caller } from '../../../../kernel/caller.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { MailOutbox } from '../../../../platform/mail/mail-outbox.js';
import type { ApiKeyService } from '../../../api-keys/api-key.service.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import type { LockedUsersService } from '../../../lockout/locked-users.service.js';
import type { FactorKindsService } from '../../../mfa/factor-kinds.service.js';
import type { SessionService } from '../../../sessions/session.service.js';
import type { User } from '../../../users/user.entity.js';
import { emailVerified } from '../../../users/users.contract.js';
import type { PasswordService } from '../password/password.service.js';
import { passwordDiscarded } from './login-link.contract.js';
import { passwordDiscardedMail } from './password-discarded.mail.js';

interface Deps {
  readonly passwords: PasswordService;
  readonly factorKinds: FactorKindsService;
  readonly sessions: SessionService;
  readonly apiKeys: ApiKeyService;
  readonly challenges: ChallengeService;
  readonly lockedUsers: LockedUsersService;
  readonly mails: MailOutbox;
}

/**
 * Hands an account over to the owner of its address, who comes by a mailed link and has no password to reset. Somebody
 * else may have opened it and waited for them (pre-hijacking): what they did before the address was proved ends.
 */
export class AddressOwnerService {
  constructor(private readonly deps: Deps) {}

  /**
   * Within the unit that signs them in and holds the user. Once the address is proved, changes nothing. An account with
   * a second factor stays as it is: a mailbox alone neither takes it from whoever has the factor, nor vouches for them.
   */
  async arriveWithin(unit: Unit, caller: Caller, user: User): Promise<void> {
    if (user.emailVerifiedAt !== null || this.deps.factorKinds.anyOf(user)) return;
    unit.em.assign(user, { emailVerifiedAt: unit.now, updatedAt: unit.now });
    unit.emit(emailVerified, { ...about(caller, user), payload: {}, personal: { email: user.email } });
    await this.deps.sessions.endAllOf(unit, caller, user.id, 'password_reset');
    await this.deps.apiKeys.endAllOf(unit, caller, user.id, 'password_reset');
    // Changes of address among them, which would take the account elsewhere.
    await this.deps.challenges.revokeWithin(unit, { subject: user.id });
    await this.deps.lockedUsers.forgetPlacesWithin(unit, user.id, null);
    await this.discardPassword(unit, caller, user);
  }

  private async discardPassword(unit: Unit, caller: Caller, user: User): Promise<void> {
    const { id: userId, email: to, locale } = user;
    if ((await this.deps.passwords.whoHasOne(unit.em, [userId])).length === 0) return;
    await this.deps.passwords.forgetWithin(unit, user);
    unit.emit(passwordDiscarded, { ...about(caller, user), payload: {} });
    const values = { when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition: passwordDiscardedMail, to, userId, locale, values });
  }
}

function about(caller: Caller, { id }: User) {
  return { caller, subject: { type: 'user', id }, userId: id };
}
