import type { Caller } from '../../kernel/caller.js';
import { parseEmailAddress } from '../../kernel/email-address.js';
import { AuthError } from '../../kernel/errors.js';
import { isId } from '../../kernel/id.js';
import { networkOf } from '../../kernel/network.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { ChallengeService, IssuedChallenge, ProvedChallenge } from '../challenges/challenge.service.js';
import { challengeErrors } from '../challenges/challenges.contract.js';
import { HELD, holdUser } from './held-user.js';
import { type MailedProof, type MailedProofInput, readMailedProof } from '../../kernel/mailed-proof.js';
import { User } from './user.entity.js';
import { emailVerificationRequested, emailVerified } from './users.contract.js';
import { verifyEmailMail } from './verify-email.mail.js';

const HOURS = 24;
const LINK = 'email_verification';
const CODE = 'email_verification_code';

/** The six digits of the mail are good only together with this id. */
export interface PendingVerification {
  readonly challengeId: string;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: {
    readonly mailRequest: RateLimiter;
    readonly emailVerification: RateLimiter;
    readonly codeGuess: RateLimiter;
    readonly emailVerificationGuess: RateLimiter;
  };
  /** Where links in mails lead. */
  readonly accountUrl: string;
}

/** What both challenges of a mail carry. */
type ProofOf = { readonly email: string };

/** To whom a mail goes; without a user, to nobody, with the same work and the same rows. */
interface Recipient {
  readonly address: string;
  readonly user: User | null;
}

/** Proves that an address belongs to the person whose account has it. */
export class EmailVerificationService {
  constructor(private readonly deps: Deps) {}

  /**
   * Mails link and code to an address that still waits for its proof; whoever asks learns nothing about it.
   * Throws EMAIL_INVALID and, after three mails an hour or too many from one network, RATE_LIMITED.
   *
   * @timing The same work and rows for addresses that nobody has, or that wait for nothing.
   */
  async request(caller: Caller, email: string): Promise<PendingVerification> {
    await this.deps.budgets.mailRequest.consume(networkOf(caller.ip));
    const address = parseEmailAddress(email);
    await this.spend(address);
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await unit.em.findOne(User, { email: address }, HELD);
      return await this.issue(unit, caller, { address, user });
    });
  }

  /**
   * The same for somebody who has shown that the account is theirs. Once the mails of this hour are spent it sends
   * none, and names the code of the last one.
   */
  async requestFor(caller: Caller, user: User): Promise<PendingVerification> {
    try {
      await this.spend(user.email);
    } catch (error) {
      const challengeId = await this.deps.challenges.findId({
        purpose: CODE,
        slot: this.fingerprint(user.email),
      });
      if (!(error instanceof AuthError) || challengeId === null) throw error;
      return { challengeId };
    }
    return await this.deps.unitOfWork.run(
      async (unit) => await this.issueWithin(unit, caller, await holdUser(unit, user.id)),
    );
  }

  /** Within the unit that gave the account its address. The caller's budget is the caller's to spend. */
  async issueWithin(unit: Unit, caller: Caller, user: User): Promise<PendingVerification> {
    return await this.issue(unit, caller, { address: user.email, user });
  }

  /** The rows of link and code without their mail, for an address that another account has. Nobody learns either. */
  async issueDecoyWithin(unit: Unit, address: string): Promise<PendingVerification> {
    const { code } = await this.challenge(unit, { address, user: null });
    return { challengeId: code.id };
  }

  /**
   * Proves the address with what its mail said, once. Throws INVALID_INPUT, CHALLENGE_INVALID, CHALLENGE_EXPIRED,
   * CHALLENGE_EXHAUSTED and, for codes that are guessed too often, RATE_LIMITED.
   */
  async verify(caller: Caller, input: MailedProofInput): Promise<void> {
    const { challenges, unitOfWork } = this.deps;
    const proof = readMailedProof(input);
    const token = { purpose: LINK, secret: 'token' in proof ? proof.token : '' };
    // A guess stays counted whatever becomes of the rest, so a code is used up before the unit opens.
    const proved =
      'code' in proof ? await this.burnCode(caller, proof) : await challenges.peek<ProofOf>(token);
    await unitOfWork.run(async (unit) => {
      await this.mark(unit, caller, proved);
      if ('token' in proof) await challenges.burnWithin(unit, token);
      for (const purpose of [LINK, CODE]) {
        await challenges.revokeWithin(unit, { subject: proved.subject ?? '', purpose });
      }
    });
  }

  /** Asking for a new code does not buy new guesses: those at one address are counted over all its codes. */
  private async burnCode(
    { ip }: Caller,
    { challengeId: id, code }: Extract<MailedProof, { code: string }>,
  ): Promise<ProvedChallenge<ProofOf>> {
    const { challenges, budgets } = this.deps;
    await budgets.codeGuess.consume(networkOf(ip));
    const address = await challenges.slotOfCode({ purpose: CODE, id });
    if (address !== null) await budgets.emailVerificationGuess.consume(address);
    return await challenges.burn<ProofOf>({ purpose: CODE, id, code });
  }

  /** The row decides: link and code at once, or an address that was changed meanwhile, prove nothing more. */
  private async mark(unit: Unit, caller: Caller, proved: ProvedChallenge<ProofOf>): Promise<void> {
    const userId = proved.subject ?? '';
    const { email } = proved.data;
    const waiting = { id: userId, email, emailVerifiedAt: null, status: 'active' } as const;
    const user = isId(userId) ? await unit.em.findOne(User, waiting, HELD) : null;
    if (!user) throw challengeErrors.CHALLENGE_INVALID();
    unit.em.assign(user, { emailVerifiedAt: unit.now, updatedAt: unit.now });
    const subject = { type: 'user', id: userId };
    unit.emit(emailVerified, { caller, subject, userId, payload: {}, personal: { email } });
  }

  private async issue(unit: Unit, caller: Caller, to: Recipient): Promise<PendingVerification> {
    const { address, user } = to;
    const waiting = user?.status === 'active' && user.emailVerifiedAt === null ? user : null;
    const challengeId = await this.mail(unit, { address, user: waiting });
    const userId = user?.id ?? null;
    unit.emit(emailVerificationRequested, {
      caller,
      subject: { type: 'user', id: userId ?? 'unknown' },
      userId,
      payload: {},
      personal: { email: address },
    });
    return { challengeId };
  }

  private async mail(unit: Unit, to: Recipient): Promise<string> {
    const { address, user } = to;
    const { mails, accountUrl } = this.deps;
    const { token, code } = await this.challenge(unit, to);
    const link = `${accountUrl}/verify-email#token=${token.secret}`;
    const values = { link, code: code.secret, hours: HOURS };
    const mail = { definition: verifyEmailMail, locale: user?.locale ?? null, values };
    if (user) mails.enqueue(unit, { ...mail, to: address, userId: user.id });
    else mails.enqueueDecoy(unit, mail);
    return code.id;
  }

  private async challenge(
    unit: Unit,
    { address, user }: Recipient,
  ): Promise<{ token: IssuedChallenge; code: IssuedChallenge }> {
    const { challenges } = this.deps;
    // Known or not, all of an address replace each other: which die with which must not tell.
    const slot = this.fingerprint(address);
    const subject = user?.id ?? `unknown ${slot}`;
    const data = user ? { email: address } : {};
    const request = { subject, slot, ttlSeconds: HOURS * 3600, data };
    return {
      token: await challenges.issueWithin(unit, { ...request, purpose: LINK, form: 'token' }),
      code: await challenges.issueWithin(unit, { ...request, purpose: CODE, form: 'code' }),
    };
  }

  private async spend(address: string): Promise<void> {
    await this.deps.budgets.emailVerification.consume(this.fingerprint(address));
  }

  private fingerprint(address: string): string {
    return keyedFingerprint(this.deps.keyring, 'e-mail address', address);
  }
}
