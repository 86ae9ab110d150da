import type { Caller } from '../../../kernel/caller.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import { User } from '../../users/user.entity.js';
import { userCreated } from '../../users/users.contract.js';
import type {
  MailedPassword,
  PasswordLink,
  PasswordLinkService,
} from '../password-link/password-link.service.js';
import { activateAccountMail } from './activate-account.mail.js';

const HOURS = 72;

const ACTIVATION_LINK: PasswordLink = {
  purpose: 'account_activation',
  page: 'activate',
  ttlSeconds: HOURS * 3600,
  by: 'activation',
};

interface Deps {
  readonly bus: EventBus;
  readonly mails: MailOutbox;
  readonly passwordLinks: PasswordLinkService;
}

/**
 * How an account that an admin has opened gets its first password: from its owner, by a mailed link. Nobody else
 * ever knows it. When the link has expired, a reset link does the same.
 */
export class ActivationService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(userCreated, async ({ payload, subject }, unit) => {
      if (payload['by'] === 'admin') await this.invite(unit, subject.id);
    });
  }

  /** As `PasswordLinkService.redeem`; an account that has a password takes none in this way. */
  async activate(caller: Caller, mailed: MailedPassword): Promise<void> {
    await this.deps.passwordLinks.redeem(caller, ACTIVATION_LINK, mailed);
  }

  private async invite(unit: Unit, userId: string): Promise<void> {
    const user = await unit.em.findOneOrFail(User, { id: userId });
    const link = await this.deps.passwordLinks.issueWithin(unit, ACTIVATION_LINK, user);
    this.deps.mails.enqueue(unit, {
      definition: activateAccountMail,
      to: user.email,
      userId,
      locale: user.locale,
      values: { link, hours: HOURS },
    });
  }
}
