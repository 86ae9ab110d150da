import type { Unit } from '../../platform/database/unit.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import { User } from '../users/user.entity.js';
import type { ApiKey } from './api-key.entity.js';
import { apiKeyCreatedMail } from './api-key-created.mail.js';
import { apiKeyExpiringMail } from './api-key-expiring.mail.js';

interface Deps {
  readonly mails: MailOutbox;
}

/** Tells people what becomes of their keys. */
export class ApiKeyMailService {
  constructor(private readonly deps: Deps) {}

  /** To the user whose key it is, whoever made it; a service account reads no mail. */
  async tellOfNew(unit: Unit, { ownerKind, ownerId, name }: ApiKey): Promise<void> {
    if (ownerKind !== 'user') return;
    const { email: to, locale } = await unit.em.findOneOrFail(User, { id: ownerId });
    const values = { name, when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition: apiKeyCreatedMail, to, userId: ownerId, locale, values });
  }

  /** To a user who can do something about it, if there is one. */
  async tellOfEnd(
    unit: Unit,
    userId: string | null,
    { name, expiresAt, days }: { readonly name: string; readonly expiresAt: Date; readonly days: number },
  ): Promise<void> {
    if (userId === null) return;
    const user = await unit.em.findOne(User, { id: userId, status: 'active' });
    if (!user) return;
    const { email: to, locale } = user;
    const values = { name, days, when: expiresAt.toISOString() };
    this.deps.mails.enqueue(unit, { definition: apiKeyExpiringMail, to, userId, locale, values });
  }
}
