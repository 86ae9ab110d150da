import type { Caller } from '../../../kernel/caller.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { ChallengeService } from '../../challenges/challenge.service.js';
import { challengeErrors } from '../../challenges/challenges.contract.js';
import type { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import { emailVerified } from '../../users/users.contract.js';
import { holdUser } from '../held-user.js';
import type { PasswordReplacementService } from '../methods/password/password-replacement.service.js';
import { contextOf, type PasswordService } from '../methods/password/password.service.js';
import type { UnprovedAccountService } from './unproved-account.service.js';

/** A kind of mailed link that lets its reader set a password. */
export interface PasswordLink {
  /** What its tokens are good for. */
  readonly purpose: string;
  /** The page it leads to. */
  readonly page: string;
  readonly ttlSeconds: number;
  readonly by: 'reset' | 'activation';
}

/** What somebody brings back from the mail, and the password they chose. */
export interface MailedPassword {
  readonly token: string;
  readonly newPassword: string;
  /** Whether the API keys of the account are to end as well. */
  readonly revokeApiKeys?: boolean;
}

/** What the token carries: the address it was sent to. */
type SentTo = { readonly email: string };

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly challenges: ChallengeService;
  readonly passwords: PasswordService;
  readonly passwordReplacements: PasswordReplacementService;
  readonly unprovedAccounts: UnprovedAccountService;
  /** Where links in mails lead. */
  readonly accountUrl: string;
}

/** Mailed links that set a password: each works once, for the account and the address it was sent to. */
export class PasswordLinkService {
  constructor(private readonly deps: Deps) {}

  /** The link for `user`, within `unit`; the one before is worth nothing from now on. */
  async issueWithin(unit: Unit, kind: PasswordLink, { id, email }: User): Promise<string> {
    return await this.issue(unit, kind, { subject: id, data: { email } });
  }

  /** A link that nobody is sent, for as many rows and as much work as a real one. `stranger` stands for no user. */
  async issueDecoyWithin(unit: Unit, kind: PasswordLink, stranger: string): Promise<string> {
    return await this.issue(unit, kind, { subject: `unknown ${stranger}`, data: {} });
  }

  /** Whose link it is. Throws CHALLENGE_INVALID or CHALLENGE_EXPIRED; uses nothing up. */
  async find(kind: PasswordLink, token: string): Promise<User> {
    const { challenges, users } = this.deps;
    const { subject, data } = await challenges.peek<SentTo>({ purpose: kind.purpose, secret: token });
    const user = await users.findById(subject ?? '');
    if (!user || !isFor(user, data)) throw challengeErrors.CHALLENGE_INVALID();
    if (kind.by === 'activation' && (await this.deps.passwords.isSet(user))) {
      throw challengeErrors.CHALLENGE_INVALID();
    }
    return user;
  }

  /**
   * Sets the password, once, and answers how many sessions that ended. The link is used up together with it: a
   * password that is refused, or a server that is busy, does not cost the link. Signs nobody in. Throws
   * CHALLENGE_INVALID, CHALLENGE_EXPIRED, PASSWORD_REFUSED, PASSWORD_CHECK_UNAVAILABLE or SERVER_BUSY.
   */
  async redeem(caller: Caller, kind: PasswordLink, mailed: MailedPassword): Promise<number> {
    const { token, newPassword, revokeApiKeys = false } = mailed;
    const found = await this.find(kind, token);
    const prepared = await this.deps.passwords.prepare(newPassword, contextOf(found));
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, found.id);
      const proof = { purpose: kind.purpose, secret: token, subject: found.id };
      const { data } = await this.deps.challenges.burnWithin<SentTo>(unit, proof);
      if (!user || !isFor(user, data)) throw challengeErrors.CHALLENGE_INVALID();
      await this.deps.unprovedAccounts.clearWithin(unit, caller, user);
      markVerified(unit, caller, user);
      return await this.deps.passwordReplacements.replaceWithin(unit, caller, {
        user,
        prepared,
        by: kind.by,
        revokeApiKeys,
      });
    });
  }

  private async issue(
    unit: Unit,
    { purpose, page, ttlSeconds }: PasswordLink,
    to: { subject: string; data: SentTo | Record<string, never> },
  ): Promise<string> {
    const request = { purpose, form: 'token', ttlSeconds, replaces: true, ...to } as const;
    const { secret } = await this.deps.challenges.issueWithin(unit, request);
    return `${this.deps.accountUrl}/${page}#token=${secret}`;
  }
}

/** A mailbox that the account has left opens it no more. */
function isFor({ status, email }: User, sentTo: SentTo): boolean {
  return status === 'active' && email === sentTo.email;
}

/** Whoever has the token has read the mail. */
function markVerified(unit: Unit, caller: Caller, user: User): void {
  if (user.emailVerifiedAt !== null) return;
  unit.em.assign(user, { emailVerifiedAt: unit.now, updatedAt: unit.now });
  const { id, email } = user;
  const subject = { type: 'user', id };
  unit.emit(emailVerified, { caller, subject, userId: id, payload: {}, personal: { email } });
}
