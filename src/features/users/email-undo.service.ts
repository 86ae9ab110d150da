import type { Caller } from '../../kernel/caller.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import { challengeErrors } from '../challenges/challenges.contract.js';
import { maskEmailAddress } from '../../kernel/email-address.js';
import { emailChangedMail } from './email-changed.mail.js';
import { deleteHeld } from './deleted-user.js';
import { HELD } from './held-user.js';
import { flushNames } from './taken-names.js';
import { User } from './user.entity.js';
import { emailChanged, userDeleted, userErrors } from './users.contract.js';

const HOURS = 72;
const PURPOSE = 'email_change_undo';

/** What the link carries: an address, so it is erased with the account. */
type Undo = {
  readonly userId: string;
  readonly email: string;
  readonly issuedAt: string;
};

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly mails: MailOutbox;
  /** Where links in mails lead. */
  readonly accountUrl: string;
}

/**
 * The way back for the owner of an account whose address somebody else has changed. Their link outlives all that an
 * intruder can do meanwhile: a reset, another change, or a link of the intruder's own.
 */
export class EmailUndoService {
  constructor(private readonly deps: Deps) {}

  /** Within the unit that gave `user` another address: tells the one before, with a link that puts it back. */
  async promise(unit: Unit, user: User, formerEmail: string): Promise<void> {
    const { challenges, mails, accountUrl } = this.deps;
    const data: Undo = { userId: user.id, email: formerEmail, issuedAt: unit.now.toISOString() };
    const { secret } = await challenges.issueWithin(unit, {
      purpose: PURPOSE,
      form: 'token',
      subject: undoSubjectOf(user.id),
      ttlSeconds: HOURS * 3600,
      data,
    });
    const link = `${accountUrl}/undo-email-change#token=${secret}`;
    mails.enqueue(unit, {
      definition: emailChangedMail,
      to: formerEmail,
      userId: user.id,
      locale: user.locale,
      values: { newEmail: maskEmailAddress(user.email), link, hours: HOURS },
    });
  }

  /**
   * Puts the address back, once, and answers it: it counts as proved, since its mailbox was read. Every session and
   * every pending link or code ends. Throws CHALLENGE_INVALID, CHALLENGE_EXPIRED, or EMAIL_TAKEN when somebody has
   * proved meanwhile that the address is theirs; the link stays good then.
   */
  async undo(caller: Caller, token: string): Promise<string> {
    const { challenges, unitOfWork } = this.deps;
    const proof = { purpose: PURPOSE, secret: token };
    const { data } = await challenges.peek<Undo>(proof);
    const { userId, email } = data;
    return await unitOfWork.run(async (unit) => {
      const user = await unit.em.findOne(User, { id: userId, status: 'active' }, HELD);
      if (!user) throw challengeErrors.CHALLENGE_INVALID();
      await challenges.burnWithin(unit, proof);
      await this.reclaim(unit, caller, data);
      const replaced = user.email;
      user.email = email;
      user.emailVerifiedAt = unit.now;
      user.updatedAt = unit.now;
      await flushNames(unit.em);
      await this.revokePending(unit, data);
      unit.emit(emailChanged, {
        caller,
        subject: { type: 'user', id: userId },
        userId,
        payload: { by: 'undo', since: data.issuedAt },
        personal: { email, formerEmail: replaced },
      });
      return email;
    });
  }

  /**
   * Takes every way back: once an admin has put the account right, none of them may put it wrong again. Which of them
   * was the owner's cannot be told.
   */
  async revokeWithin(unit: Unit, userId: string): Promise<void> {
    await this.deps.challenges.revokeWithin(unit, { subject: undoSubjectOf(userId) });
  }

  /**
   * An account that was opened with the address meanwhile and never proved it gives way to somebody who just has:
   * otherwise an intruder would only need to sign up with it. It is deleted as an admin would, so it can be restored.
   */
  private async reclaim(unit: Unit, caller: Caller, { userId, email }: Undo): Promise<void> {
    const other = { email, id: { $ne: userId } };
    const holder = await unit.em.findOne(User, other, HELD);
    if (!holder) return;
    if (holder.emailVerifiedAt !== null) throw userErrors.EMAIL_TAKEN();
    await deleteHeld(unit, holder);
    const subject = { type: 'user', id: holder.id };
    const payload = { reason: 'address_reclaimed' };
    unit.emit(userDeleted, { caller, subject, userId: holder.id, payload });
  }

  /** The older link outranks the newer one: whoever took the account over gets only newer ones. */
  private async revokePending(unit: Unit, { userId, issuedAt }: Undo): Promise<void> {
    const { challenges } = this.deps;
    await challenges.revokeWithin(unit, { subject: userId });
    const issuedSince = new Date(issuedAt);
    await challenges.revokeWithin(unit, { subject: undoSubjectOf(userId), issuedSince });
  }
}

/** A subject of its own: what revokes the pending links of an account must not take its owner's way back. */
function undoSubjectOf(userId: string): string {
  return `undo ${userId}`;
}
