import { AuthError } from '../../../../kernel/errors.js';
import type { Caller } from '../../../../kernel/caller.js';
import { parseEmailAddress } from '../../../../kernel/email-address.js';
import { networkOf } from '../../../../kernel/network.js';
import type { PasswordHasher } from '../../../../platform/crypto/password-hash.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { Logger } from '../../../../platform/logger.js';
import type { MailMessage, Mailer } from '../../../../platform/mail/mailer.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import type { User } from '../../../users/user.entity.js';
import type { UserService } from '../../../users/user.service.js';
import { passwordErrors, signUpRepeated } from './password.contract.js';
import { Password } from './password.entity.js';
import type { PasswordPolicyService } from './password-policy.service.js';
import { knownAddressMail, welcomeMail } from './sign-up.mail.js';

export interface PasswordSettings {
  readonly registrationEnabled: boolean;
}

/** A person and the password they chose. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly displayName: string | null;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicyService;
  readonly mailer: Mailer;
  readonly logger: Logger;
  readonly settings: PasswordSettings;
  /** How many sign-ups a network may ask for. */
  readonly signUpBudget: RateLimiter;
}

/** Owns passwords: which are good enough, how an account gets one, and whether a given one is right. */
export class PasswordService {
  constructor(private readonly deps: Deps) {}

  /**
   * Opens an account, or tells the owner of a known address by mail that somebody tried. Answer and work are
   * the same, so that nobody learns who has an account (ASVS 6.3.8).
   */
  async signUp(caller: Caller, account: NewAccount): Promise<void> {
    if (!this.deps.settings.registrationEnabled) throw passwordErrors.REGISTRATION_DISABLED();
    await this.deps.signUpBudget.consume(networkOf(caller.ip));
    const email = parseEmailAddress(account.email);
    const hash = await this.hashNew(account);
    const known = await this.deps.users.findByEmail(email);
    if (known) return await this.warnOwner(caller, known);
    try {
      await this.deps.unitOfWork.run(async (unit) => {
        await this.write(unit, caller, { ...account, email, hash, emailVerified: false, by: 'sign_up' });
      });
    } catch (error) {
      const first = isEmailTaken(error) ? await this.deps.users.findByEmail(email) : null;
      if (!first) throw error;
      return await this.warnOwner(caller, first);
    }
    this.post(welcomeMail(email));
  }

  /** Creates an account within the operator's trust: its address counts as verified. Throws EMAIL_TAKEN. */
  async createAccount(
    caller: Caller,
    account: NewAccount & { by: string },
    also: (unit: Unit, user: User) => Promise<void>,
  ): Promise<User> {
    const email = parseEmailAddress(account.email);
    const hash = await this.hashNew(account);
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await this.write(unit, caller, { ...account, email, hash, emailVerified: true });
      await also(unit, user);
      return user;
    });
  }

  /** Whether `password` is the user's. A user without one, or no user at all, costs the same. */
  async verify(user: User | null, password: string): Promise<{ right: boolean; outdated: boolean }> {
    const row = user && (await this.deps.em.fork().findOne(Password, { userId: user.id }));
    if (!row) return { right: await this.deps.hasher.verifyDummy(password), outdated: false };
    const right = await this.deps.hasher.verify(row.hash, password);
    return { right, outdated: right && this.deps.hasher.needsRehash(row.hash) };
  }

  /** Hashes a right password again, after the cost parameters were changed. */
  async rehash(user: User, password: string): Promise<void> {
    const hash = await this.deps.hasher.hash(password);
    await this.deps.unitOfWork.run(async ({ em }) => {
      await em.nativeUpdate(Password, { userId: user.id }, { hash });
    });
  }

  private async hashNew({ password, email, displayName }: NewAccount): Promise<string> {
    await this.deps.passwordPolicy.assertAcceptable(password, { context: [email, displayName] });
    return await this.deps.hasher.hash(password);
  }

  private async write(
    unit: Unit,
    caller: Caller,
    account: { email: string; displayName: string | null; hash: string; emailVerified: boolean; by: string },
  ): Promise<User> {
    const user = await this.deps.users.create(unit, caller, account);
    unit.em.create(Password, { userId: user.id, hash: account.hash, changedAt: unit.now });
    return user;
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
