import type { Caller } from '../../../../kernel/caller.js';
import { AuthError } from '../../../../kernel/errors.js';
import type { MailedProof } from '../../../../kernel/mailed-proof.js';
import { keyedFingerprint } from '../../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../../platform/crypto/keyring.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import { User } from '../../../users/user.entity.js';
import type { UserService } from '../../../users/user.service.js';
import { type Claim, claimOf, type LoginMethod, type Proof } from '../../login-method.js';
import type { AddressOwnerService } from './address-owner.service.js';
import { loginLinkErrors, loginLinkRefused } from './login-link.contract.js';
import { LOGIN_CODE, LOGIN_LINK, type LoginLinkService, type MailedLogin } from './login-link.service.js';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly challenges: ChallengeService;
  readonly loginLinks: LoginLinkService;
  readonly addressOwners: AddressOwnerService;
  readonly keyring: Keyring;
  readonly budgets: {
    /** Codes tried at one address, known or not, however many mails are asked for. */
    readonly loginCodeGuess: RateLimiter;
  };
}

/** Sign-in by a mail: with its link in the browser that asked, or with its code and the id that asking gave. */
export class LoginLinkMethod implements LoginMethod<MailedLogin> {
  readonly name = 'login_link';

  constructor(private readonly deps: Deps) {}

  /** By the address, as a password does: both are counted as one account, whether there is one or not. */
  async identify({ email }: MailedLogin): Promise<Claim> {
    return claimOf(email, await this.deps.users.findByEmail(email));
  }

  /**
   * Throws LOGIN_LINK_ELSEWHERE, CHALLENGE_EXPIRED, CHALLENGE_EXHAUSTED or, for codes that are guessed too often,
   * RATE_LIMITED. A link is used up within the unit that goes on from it; a guess stays counted whatever comes of it.
   */
  async prove({ user }: Claim, mailed: MailedLogin, caller: Caller): Promise<Proof | null> {
    const { proof } = mailed;
    if ('token' in proof) await this.assertBrowser(caller, mailed);
    else if (!(await this.isRight(proof, mailed))) return null;
    if (user?.id !== mailed.subject) return null;
    return {
      user,
      // RFC 8176 has no word for a mailbox; what it gave is a one-time password.
      amr: ['otp'],
      rests: 'mailbox',
      multiFactor: false,
      stillHolds: async (unit) => await this.redeem(unit, caller, { user, mailed }),
    };
  }

  /** Another browser does not use it up: its owner may have opened the mail there, and can still go back. */
  private async assertBrowser(caller: Caller, { subject: userId, ...sent }: MailedLogin): Promise<void> {
    if (this.deps.loginLinks.isBrowserOf(sent, caller)) return;
    const subject = { type: 'user', id: userId };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(loginLinkRefused, { caller, subject, userId, payload: {} });
    });
    throw loginLinkErrors.LOGIN_LINK_ELSEWHERE();
  }

  private async isRight(
    { challengeId: id, code }: Extract<MailedProof, { code: string }>,
    { email }: MailedLogin,
  ): Promise<boolean> {
    const { budgets, keyring, challenges } = this.deps;
    await budgets.loginCodeGuess.consume(keyedFingerprint(keyring, 'e-mail address', email));
    try {
      await challenges.burn({ purpose: LOGIN_CODE, id, code });
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'CHALLENGE_INVALID') return false;
      throw error;
    }
  }

  /** Whatever ends pending links has ended it until now; an address that the account has left opens it no more. */
  private async redeem(
    unit: Unit,
    caller: Caller,
    { user, mailed }: { user: User; mailed: MailedLogin },
  ): Promise<boolean> {
    const held = await unit.em.findOne(User, { id: user.id });
    if (held?.status !== 'active' || held.email !== mailed.email) return false;
    if (!(await this.useUp(unit, mailed))) return false;
    for (const purpose of [LOGIN_LINK, LOGIN_CODE]) {
      await this.deps.challenges.revokeWithin(unit, { subject: user.id, purpose });
    }
    await this.deps.addressOwners.arriveWithin(unit, caller, held);
    user.emailVerifiedAt = held.emailVerifiedAt;
    return true;
  }

  /** A code is burnt before; the link beside it must still be there, which is used up instead. */
  private async useUp(unit: Unit, { proof, linkId }: MailedLogin): Promise<boolean> {
    const { challenges } = this.deps;
    if (!('token' in proof)) return linkId !== null && (await challenges.amendWithin(unit, linkId, {}));
    try {
      await challenges.burnWithin(unit, { purpose: LOGIN_LINK, secret: proof.token });
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code.startsWith('CHALLENGE_')) return false;
      throw error;
    }
  }
}
