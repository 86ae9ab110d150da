import type { Caller } from '../../kernel/caller.js';
import { hideMailbox, parseEmailAddress } from '../../kernel/email-address.js';
import { networkOf } from '../../kernel/network.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { ChallengeService, ProvedChallenge } from '../challenges/challenge.service.js';
import { challengeErrors } from '../challenges/challenges.contract.js';
import { askingUser } from './asking-user.js';
import { confirmNewEmailMail } from './confirm-new-email.mail.js';
import type { EmailUndoService } from './email-undo.service.js';
import { HELD, holdUser } from './held-user.js';
import { type MailedProof, type MailedProofInput, readMailedProof } from '../../kernel/mailed-proof.js';
import { flushNames } from './taken-names.js';
import { User } from './user.entity.js';
import { emailChanged, emailChangeRequested, userErrors } from './users.contract.js';

const HOURS = 24;
const LINK = 'email_change';
const CODE = 'email_change_code';

/** What both challenges of a mail carry; addresses, so they are erased with the account. */
type Wish = {
  /** Null when another account had it: an address stays with no account but its own. */
  readonly newEmail: string | null;
  /** The address that it replaces: with another one meanwhile, nothing is replaced. */
  readonly formerEmail: string;
  /** The session that asked. */
  readonly sessionId: string;
};

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly emailUndo: EmailUndoService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: {
    readonly emailChange: RateLimiter;
    readonly emailVerification: RateLimiter;
    readonly codeGuess: RateLimiter;
  };
  /** Where links in mails lead. */
  readonly accountUrl: string;
}

/** Gives an account another address, once that one has confirmed it. */
export class EmailChangeService {
  constructor(private readonly deps: Deps) {}

  /**
   * Mails link and code to the new address. The answer is the same when another account has it; then nobody is
   * written to. Throws EMAIL_INVALID, EMAIL_UNCHANGED and RATE_LIMITED.
   *
   * @timing The same work and rows for an address that another account has.
   */
  async request(caller: Caller, newEmail: string): Promise<{ challengeId: string }> {
    const principal = askingUser(caller);
    const { keyring, budgets } = this.deps;
    await budgets.emailChange.consume(keyedFingerprint(keyring, 'budget', principal.id));
    const address = parseEmailAddress(newEmail);
    const fingerprint = keyedFingerprint(keyring, 'e-mail address', address);
    await budgets.emailVerification.consume(fingerprint);
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, principal.id);
      if (user.email === address) throw userErrors.EMAIL_UNCHANGED();
      const taken = (await unit.em.count(User, { email: address })) > 0;
      const wish = { formerEmail: user.email, sessionId: principal.sessionId };
      const challengeId = await this.mail(unit, user, { ...wish, newEmail: taken ? null : address });
      unit.emit(emailChangeRequested, {
        caller,
        subject: { type: 'user', id: user.id },
        userId: user.id,
        payload: {},
        // It may be somebody else's, who could not erase it here.
        personal: { newEmail: hideMailbox(address) },
      });
      return { challengeId };
    });
  }

  /**
   * Changes the address, once, and answers it. The link works wherever it is opened, the code only for the user who
   * asked. Ends what was pending for the old address, which is told and can take the change back. Throws
   * INVALID_INPUT, UNAUTHENTICATED, RATE_LIMITED, CHALLENGE_INVALID, CHALLENGE_EXPIRED, CHALLENGE_EXHAUSTED or
   * EMAIL_TAKEN.
   */
  async confirm(caller: Caller, input: MailedProofInput): Promise<string> {
    const { challenges, unitOfWork } = this.deps;
    const proof = readMailedProof(input);
    const token = { purpose: LINK, secret: 'token' in proof ? proof.token : '' };
    // A guess stays counted whatever becomes of the rest, so a code is used up before the unit opens.
    const { subject, data } =
      'code' in proof ? await this.burnCode(caller, proof) : await challenges.peek<Wish>(token);
    return await unitOfWork.run(async (unit) => {
      const asWished = { id: subject ?? '', email: data.formerEmail, status: 'active' } as const;
      const user = await unit.em.findOne(User, asWished, HELD);
      const { newEmail } = data;
      if (!user || newEmail === null) throw challengeErrors.CHALLENGE_INVALID();
      if ('token' in proof) await challenges.burnWithin(unit, token);
      return await this.change(unit, caller, { user, wish: { ...data, newEmail } });
    });
  }

  private async burnCode(
    caller: Caller,
    { challengeId: id, code }: Extract<MailedProof, { code: string }>,
  ): Promise<ProvedChallenge<Wish>> {
    const subject = askingUser(caller).id;
    await this.deps.budgets.codeGuess.consume(networkOf(caller.ip));
    return await this.deps.challenges.burn<Wish>({ purpose: CODE, id, code, subject });
  }

  /** For a taken address the challenges are the same, but nobody ever learns their secrets. */
  private async mail(unit: Unit, user: User, wish: Wish): Promise<string> {
    const { challenges, mails, accountUrl } = this.deps;
    const request = { subject: user.id, ttlSeconds: HOURS * 3600, replaces: true, data: wish };
    const { secret } = await challenges.issueWithin(unit, { ...request, purpose: LINK, form: 'token' });
    const code = await challenges.issueWithin(unit, { ...request, purpose: CODE, form: 'code' });
    const values = { link: `${accountUrl}/confirm-email#token=${secret}`, code: code.secret, hours: HOURS };
    const mail = { definition: confirmNewEmailMail, locale: user.locale, values };
    const { newEmail: to } = wish;
    if (to === null) mails.enqueueDecoy(unit, { ...mail, userId: user.id });
    else mails.enqueue(unit, { ...mail, to, userId: user.id });
    return code.id;
  }

  private async change(
    unit: Unit,
    caller: Caller,
    { user, wish }: { user: User; wish: Wish & { newEmail: string } },
  ): Promise<string> {
    const { id: userId } = user;
    const { newEmail, formerEmail, sessionId } = wish;
    user.email = newEmail;
    user.emailVerifiedAt = unit.now;
    user.updatedAt = unit.now;
    await flushNames(unit.em);
    // Reset links among them, which the old address could still open.
    await this.deps.challenges.revokeWithin(unit, { subject: userId });
    await this.deps.emailUndo.promise(unit, user, formerEmail);
    unit.emit(emailChanged, {
      caller,
      subject: { type: 'user', id: userId },
      userId,
      payload: { by: 'user', keptSessionId: sessionId },
      personal: { email: newEmail, formerEmail },
    });
    return newEmail;
  }
}
