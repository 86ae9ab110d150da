import { LockMode } from '@mikro-orm/core';
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
import type { ChallengeService } from '../../challenges/challenge.service.js';
import type { EmailVerificationService } from '../../users/email-verification.service.js';
import type { ProfileService } from '../../users/profile.service.js';
import { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import { emailChangeRequested } from '../../users/users.contract.js';
import type { PasswordService, PreparedPassword } from '../methods/password/password.service.js';
import type { PasswordResetService } from '../password-reset/password-reset.service.js';
import { accountExistsMail } from './account-exists.mail.js';
import { signUpCompleted, signUpErrors, signUpRepeated } from './sign-up.contract.js';
import type { UsernameReservationService } from './username-reservation.service.js';

/** What somebody says who wants an account. */
export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly username: string | null;
  readonly displayName: string | null;
  readonly locale: string | null;
}

/** The account as it would be, in the forms that are stored. */
interface Applicant extends Omit<SignUp, 'password'> {
  readonly prepared: PreparedPassword;
}

/** The code in the mail is good together with this id. */
interface AcceptedSignUp {
  readonly challengeId: string;
}

interface Deps {
  readonly bus: EventBus;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly profiles: ProfileService;
  readonly passwords: PasswordService;
  readonly passwordResets: PasswordResetService;
  readonly usernameReservations: UsernameReservationService;
  readonly emailVerification: EmailVerificationService;
  readonly challenges: ChallengeService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly settings: { readonly enabled: boolean; readonly allowedDomains: readonly string[] };
  readonly budgets: { readonly signUp: RateLimiter; readonly signUpAddress: RateLimiter };
}

/**
 * A new account is so many rows more than a known address gives cause for: the user, the password, the audit rows of
 * both, less the reset link.
 */
const DECOYS = 5;
const DECOY = { purpose: 'decoy', subject: null, ttlSeconds: 60 } as const;

/** How people open their own account. Nobody learns from it who has one already (ASVS 6.3.8). */
export class SignUpService {
  constructor(private readonly deps: Deps) {
    // Otherwise who may not sign up with an address would sign up with another, and change it.
    deps.bus.within(emailChangeRequested, async ({ personal }) =>
      this.assertOpenTo(personal['newEmail'] ?? ''),
    );
  }

  /**
   * Opens an account and mails the proof of its address, or tells the owner of a known address that somebody tried.
   * Throws REGISTRATION_DISABLED, RATE_LIMITED, EMAIL_INVALID, EMAIL_DOMAIN_REFUSED, USERNAME_INVALID,
   * USERNAME_TAKEN, INVALID_INPUT, and what a new password is refused for.
   *
   * @timing The same answer, work and rows for known and unknown addresses.
   */
  async signUp(caller: Caller, { password, ...wish }: SignUp): Promise<AcceptedSignUp> {
    const { settings, budgets, usernameReservations, passwords, keyring } = this.deps;
    if (!settings.enabled) throw signUpErrors.REGISTRATION_DISABLED();
    await budgets.signUp.consume(networkOf(caller.ip));
    const person = this.read(wish);
    const { email, username, displayName } = person;
    if (username !== null) await usernameReservations.assertFree(username);
    const prepared = await passwords.prepare(password, [email, username, displayName]);
    await budgets.signUpAddress.consume(keyedFingerprint(keyring, 'e-mail address', email));
    return await this.accept(caller, { ...person, prepared });
  }

  private read({ email: address, ...profile }: Omit<SignUp, 'password'>): Omit<SignUp, 'password'> {
    const email = parseEmailAddress(address);
    this.assertOpenTo(email);
    const { username = null, displayName = null, locale = null } = this.deps.profiles.read(profile);
    return { email, username, displayName, locale };
  }

  private assertOpenTo(email: string): void {
    const { allowedDomains } = this.deps.settings;
    const domain = email.slice(email.lastIndexOf('@') + 1);
    if (allowedDomains.length > 0 && !allowedDomains.includes(domain)) {
      throw signUpErrors.EMAIL_DOMAIN_REFUSED();
    }
  }

  /** Whoever is second with an address finds the first one's account, and is its owner or is told nothing. */
  private async accept(caller: Caller, applicant: Applicant): Promise<AcceptedSignUp> {
    const attempt = async () =>
      await this.deps.unitOfWork.run((unit) => this.decide(unit, caller, applicant));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== 'EMAIL_TAKEN') throw error;
      return await attempt();
    }
  }

  private async decide(unit: Unit, caller: Caller, applicant: Applicant): Promise<AcceptedSignUp> {
    const { email, username } = applicant;
    if (username !== null) await this.deps.usernameReservations.claimWithin(unit, username);
    // Held before its challenges, as everywhere.
    const owner = await unit.em.findOne(User, { email }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (owner) return await this.tellOwner(unit, caller, { owner, applicant });
    return await this.open(unit, caller, applicant);
  }

  private async open(
    unit: Unit,
    caller: Caller,
    { prepared, ...person }: Applicant,
  ): Promise<AcceptedSignUp> {
    const { users, passwords, emailVerification } = this.deps;
    const user = await users.create(unit, caller, { ...person, emailVerified: false, by: 'sign_up' });
    passwords.setFirst(unit, user, prepared.hash);
    const { breachCheck } = prepared;
    unit.emit(signUpCompleted, { ...about(caller, user), payload: { breachCheck } });
    return await emailVerification.issueWithin(unit, caller, user);
  }

  private async tellOwner(
    unit: Unit,
    caller: Caller,
    { owner, applicant }: { owner: User; applicant: Applicant },
  ): Promise<AcceptedSignUp> {
    const { mails, passwordResets, emailVerification } = this.deps;
    const values = { ...(await passwordResets.linkWithin(unit, owner)) };
    const { id: userId, email: to, locale } = owner;
    mails.enqueue(unit, { definition: accountExistsMail, to, userId, locale, values });
    const { breachCheck } = applicant.prepared;
    unit.emit(signUpRepeated, { ...about(caller, owner), payload: { breachCheck } });
    this.writeDecoys(unit, applicant);
    return await emailVerification.issueDecoyWithin(unit, to);
  }

  private writeDecoys(unit: Unit, { username }: Applicant): void {
    const { usernameReservations, challenges } = this.deps;
    const reservation = username === null ? [] : [usernameReservations.placeholderOf(username)];
    const others = Array.from({ length: DECOYS - reservation.length }, () => DECOY);
    challenges.writePlaceholders(unit, [...reservation, ...others]);
  }
}

function about(caller: Caller, { id }: User) {
  return { caller, subject: { type: 'user', id }, userId: id };
}
