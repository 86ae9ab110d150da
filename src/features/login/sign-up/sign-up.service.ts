import type { Caller } from '../../../kernel/caller.js';
import { parseEmailAddress } from '../../../kernel/email-address.js';
import { AuthError } from '../../../kernel/errors.js';
import { networkOf } from '../../../kernel/network.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Logger } from '../../../platform/logger.js';
import type { MailMessage, Mailer } from '../../../platform/mail/mailer.js';
import type { RateLimiter } from '../../../platform/rate-limiter.js';
import type { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import type { NewAccount, PasswordService } from '../methods/password/password.service.js';
import { signUpErrors, signUpRepeated } from './sign-up.contract.js';
import { knownAddressMail, welcomeMail } from './sign-up.mail.js';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly passwords: PasswordService;
  readonly mailer: Mailer;
  readonly logger: Logger;
  readonly settings: { readonly enabled: boolean };
  /** How many sign-ups a network may ask for. */
  readonly budget: RateLimiter;
}

/** How people open their own account. Nobody learns from it who has one already (ASVS 6.3.8). */
export class SignUpService {
  constructor(private readonly deps: Deps) {}

  /** Opens an account, or tells the owner of a known address by mail that somebody tried: same answer, same work. */
  async signUp(caller: Caller, account: NewAccount): Promise<void> {
    if (!this.deps.settings.enabled) throw signUpErrors.REGISTRATION_DISABLED();
    await this.deps.budget.consume(networkOf(caller.ip));
    const email = parseEmailAddress(account.email);
    const { hash } = await this.deps.passwords.prepare({ ...account, email });
    const known = await this.deps.users.findByEmail(email);
    if (known) return await this.warnOwner(caller, known);
    try {
      await this.deps.unitOfWork.run(async (unit) => {
        const person = { ...account, email, emailVerified: false, by: 'sign_up' };
        const user = await this.deps.users.create(unit, caller, person);
        this.deps.passwords.setFirst(unit, user, hash);
      });
    } catch (error) {
      const first = isEmailTaken(error) ? await this.deps.users.findByEmail(email) : null;
      if (!first) throw error;
      return await this.warnOwner(caller, first);
    }
    this.post(welcomeMail(email));
  }

  private async warnOwner(caller: Caller, owner: User): Promise<void> {
    await this.deps.unitOfWork.run(async ({ emit }) => {
      const subject = { type: 'user', id: owner.id };
      emit(signUpRepeated, { caller, subject, userId: owner.id, payload: {} });
    });
    this.post(knownAddressMail(owner.email));
  }

  /** Not awaited: how long the mail server takes must not tell who has an account. */
  private post(message: MailMessage): void {
    this.deps.mailer.send(message).catch((error: unknown) => {
      this.deps.logger.error({ err: error }, 'a mail was not sent');
    });
  }
}

function isEmailTaken(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'EMAIL_TAKEN';
}
