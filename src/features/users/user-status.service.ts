import type { Caller } from '../../kernel/caller.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import { accountDeactivatedMail } from './account-deactivated.mail.js';
import { accountDeletedMail } from './account-deleted.mail.js';
import { deleteHeld } from './deleted-user.js';
import type { EmailUndoService } from './email-undo.service.js';
import { holdUser } from './held-user.js';
import { flushNames } from './taken-names.js';
import type { User } from './user.entity.js';
import {
  DELETED_KEPT_DAYS,
  emailChanged,
  userDeactivated,
  userDeleted,
  userErrors,
  userReactivated,
} from './users.contract.js';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly challenges: ChallengeService;
  readonly emailUndo: EmailUndoService;
  readonly mails: MailOutbox;
}

/** The machine-readable reason of what an admin did; what they wrote about it may name people, and is kept apart. */
const BY_ADMIN = 'admin';

/**
 * Closes accounts and opens them again. What an account could do ends with it, in the same transaction, by the hand
 * of whoever owns it (sessions, keys); here it is the pending links and codes. Nothing of it comes back.
 */
export class UserStatusService {
  constructor(private readonly deps: Deps) {
    const { bus } = deps;
    bus.within(userDeactivated, async (event, unit) => await this.revokePending(event, unit));
    bus.within(userDeleted, async (event, unit) => await this.revokePending(event, unit));
    bus.within(userReactivated, async (event, unit) => await this.revokePending(event, unit));
    bus.within(emailChanged, async (event, unit) => {
      // What was mailed to the address before must not open the account any more.
      if (event.payload['by'] === 'admin') await this.revokePending(event, unit);
    });
  }

  /** Doing it again changes nothing. Throws USER_NOT_FOUND and, for a deleted account, USER_DELETED. */
  async deactivate(caller: Caller, userId: string, reason: string | null): Promise<User> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (user.status === 'deleted') throw userErrors.USER_DELETED();
      if (user.status === 'deactivated') return user;
      unit.em.assign(user, { status: 'deactivated', updatedAt: unit.now });
      const { id, email: to, locale } = user;
      const mail = { definition: accountDeactivatedMail, to, userId: id, locale, values: {} };
      this.deps.mails.enqueue(unit, mail);
      unit.emit(userDeactivated, {
        ...about(caller, user),
        payload: { reason: BY_ADMIN },
        personal: { reason },
      });
      return user;
    });
  }

  /**
   * Opens a deactivated account, or restores a deleted one under the names it had. Throws USER_NOT_FOUND, and
   * EMAIL_TAKEN or USERNAME_TAKEN when somebody else has them by now.
   */
  async reactivate(caller: Caller, userId: string): Promise<User> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (user.status === 'active') return user;
      if (user.status === 'deleted') {
        unit.em.assign(user, { email: user.formerEmail ?? user.email, username: user.formerUsername });
        unit.em.assign(user, { deletedAt: null, formerEmail: null, formerUsername: null });
      }
      unit.em.assign(user, { status: 'active', updatedAt: unit.now });
      await flushNames(unit.em);
      unit.emit(userReactivated, { ...about(caller, user), payload: {} });
      return user;
    });
  }

  /** Frees its names at once; the account is erased when the retention is over. Again changes nothing. */
  async delete(caller: Caller, userId: string, reason: string | null): Promise<User> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (user.status === 'deleted') return user;
      const { id, email: to, locale } = user;
      await deleteHeld(unit, user);
      const values = { days: DELETED_KEPT_DAYS };
      this.deps.mails.enqueue(unit, { definition: accountDeletedMail, to, userId: id, locale, values });
      unit.emit(userDeleted, { ...about(caller, user), payload: { reason: BY_ADMIN }, personal: { reason } });
      return user;
    });
  }

  /** On reactivation too: one may have been issued while the account was being closed. */
  private async revokePending({ subject }: DomainEvent, unit: Unit): Promise<void> {
    await this.deps.challenges.revokeWithin(unit, { subject: subject.id });
    await this.deps.emailUndo.revokeWithin(unit, subject.id);
  }
}

function about(caller: Caller, { id }: User) {
  return { caller, subject: { type: 'user', id }, userId: id };
}
