import type { Caller } from '../../../kernel/caller.js';
import { parseEmailAddress } from '../../../kernel/email-address.js';
import { AuthError } from '../../../kernel/errors.js';
import { networkOf } from '../../../kernel/network.js';
import { keyedFingerprint } from '../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../platform/crypto/keyring.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../../platform/rate-limiter.js';
import { User } from '../../users/user.entity.js';
import type { LockedUsersService } from '../../lockout/locked-users.service.js';
import type { UserService } from '../../users/user.service.js';
import { emailChanged } from '../../users/users.contract.js';
import type { PasswordService } from '../methods/password/password.service.js';
import type {
  MailedPassword,
  PasswordLink,
  PasswordLinkService,
} from '../password-link/password-link.service.js';
import { passwordResetRequested } from './password-reset.contract.js';
import { resetPasswordMail } from './reset-password.mail.js';

const MINUTES = 60;

const RESET_LINK: PasswordLink = {
  purpose: 'password_reset',
  page: 'reset-password',
  ttlSeconds: MINUTES * 60,
  by: 'reset',
};

/** What becomes of a reset link: what its page needs to know before somebody types a password. */
export type PasswordResetState = 'valid' | 'expired' | 'invalid';

/** A link and how long it works: the values of a mail. */
export interface ResetLink {
  readonly link: string;
  readonly minutes: number;
}

interface Deps {
  readonly bus: EventBus;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly passwords: PasswordService;
  readonly lockedUsers: LockedUsersService;
  readonly passwordLinks: PasswordLinkService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: {
    readonly mailRequest: RateLimiter;
    readonly passwordReset: RateLimiter;
    readonly passwordResetHourly: RateLimiter;
  };
}

/** The way back for people who do not know their password, or have none yet. It signs nobody in. */
export class PasswordResetService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(emailChanged, async ({ payload, subject }, unit) => {
      if (payload['by'] === 'undo') await this.startAnewWithin(unit, subject.id);
    });
  }

  /**
   * Mails a link to the owner of the address; whoever asks learns nothing about it. Throws EMAIL_INVALID and, more
   * than once a minute or five times an hour for one address, or too often from one network, RATE_LIMITED.
   *
   * @timing The same work and rows for addresses without an account, or with one that is closed.
   */
  async request(caller: Caller, email: string): Promise<void> {
    const { budgets, users, unitOfWork, keyring } = this.deps;
    await budgets.mailRequest.consume(networkOf(caller.ip));
    const address = parseEmailAddress(email);
    const fingerprint = keyedFingerprint(keyring, 'e-mail address', address);
    await budgets.passwordReset.consume(fingerprint);
    await budgets.passwordResetHourly.consume(fingerprint);
    const found = await users.findByEmail(address);
    await unitOfWork.run(async (unit) => {
      if (found?.status === 'active') await this.mail(unit, found);
      else await this.mailNobody(unit, fingerprint);
      unit.emit(passwordResetRequested, {
        caller,
        subject: { type: 'user', id: found?.id ?? 'unknown' },
        userId: found?.id ?? null,
        payload: {},
        personal: { email: address },
      });
    });
  }

  /** A link for a mail of another kind. */
  async linkWithin(unit: Unit, user: User): Promise<ResetLink> {
    return { link: await this.deps.passwordLinks.issueWithin(unit, RESET_LINK, user), minutes: MINUTES };
  }

  /** Whether a link still works; it does afterwards as before. */
  async stateOf(token: string): Promise<PasswordResetState> {
    try {
      await this.deps.passwordLinks.find(RESET_LINK, token);
      return 'valid';
    } catch (error) {
      if (!(error instanceof AuthError) || error.status >= 500) throw error;
      return error.code === 'CHALLENGE_EXPIRED' ? 'expired' : 'invalid';
    }
  }

  /** As `PasswordLinkService.redeem`. */
  async reset(caller: Caller, mailed: MailedPassword): Promise<number> {
    return await this.deps.passwordLinks.redeem(caller, RESET_LINK, mailed);
  }

  /** Somebody else knows the password, or has set it: its owner chooses another. Within a unit that holds the user. */
  async startAnewWithin(unit: Unit, userId: string): Promise<void> {
    const user = await unit.em.findOneOrFail(User, { id: userId });
    await this.deps.passwords.forgetWithin(unit, user);
    await this.deps.lockedUsers.forgetPlacesWithin(unit, userId, null);
    if (user.status === 'active') await this.mail(unit, user);
  }

  private async mail(unit: Unit, user: User): Promise<void> {
    const values = { ...(await this.linkWithin(unit, user)) };
    const { id: userId, email: to, locale } = user;
    this.deps.mails.enqueue(unit, { definition: resetPasswordMail, to, userId, locale, values });
  }

  private async mailNobody(unit: Unit, fingerprint: string): Promise<void> {
    const link = await this.deps.passwordLinks.issueDecoyWithin(unit, RESET_LINK, fingerprint);
    const values = { link, minutes: MINUTES };
    this.deps.mails.enqueueDecoy(unit, { definition: resetPasswordMail, locale: null, values });
  }
}
