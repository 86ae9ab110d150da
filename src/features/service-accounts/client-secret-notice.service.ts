import { systemCaller } from '../../kernel/caller.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { noticeExpiring, type NoticeWindow } from '../../platform/expiry-notices.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import { User } from '../users/user.entity.js';
import { ClientSecret } from './client-secret.entity.js';
import { clientSecretExpiringMail } from './client-secret-expiring.mail.js';
import { ServiceAccount } from './service-account.entity.js';
import { clientSecretExpiryNoticed } from './service-accounts.contract.js';

/** What is claimed here, no other process claims. */
const CLAIM = `
  update client_secrets set noticed_days = ?::int where id in (
    select s.id from client_secrets s join service_accounts a on a.id = s.service_account_id
    where s.revoked_at is null and s.expires_at > ?::timestamptz and s.expires_at <= ?::timestamptz
      and a.enabled
      and s.expires_at - s.created_at > make_interval(days => ?::int)
      and coalesce(s.noticed_days > ?::int, true)
      and not exists (
        select 1 from client_secrets n
        where n.service_account_id = s.service_account_id and n.rotated_from_id = s.id)
    order by s.id limit ?::int for update of s skip locked)
  returning id`;

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly mails: MailOutbox;
}

/** Tells people and machines of client secrets that will end. */
export class ClientSecretNoticeService {
  constructor(private readonly deps: Deps) {}

  /** One event for each secret and distance, and one mail if somebody can be told, however many processes look at once. */
  async noticeExpiring(): Promise<void> {
    await noticeExpiring(this.deps.unitOfWork, async (unit, window) => await this.noticeSome(unit, window));
  }

  private async noticeSome(unit: Unit, { days, until, limit }: NoticeWindow): Promise<number> {
    const claimed: { id: string }[] = await unit.em.execute(CLAIM, [
      days,
      unit.now,
      until,
      days,
      days,
      limit,
    ]);
    const secrets = await unit.em.find(ClientSecret, { id: { $in: claimed.map(({ id }) => id) } });
    for (const secret of secrets) await this.tell(unit, secret, days);
    return claimed.length;
  }

  private async tell(unit: Unit, secret: ClientSecret, days: number): Promise<void> {
    const { id, serviceAccountId, expiresAt } = secret;
    if (expiresAt === null) return;
    const when = expiresAt.toISOString();
    await this.mail(unit, secret, { days, when });
    unit.emit(clientSecretExpiryNoticed, {
      caller: systemCaller('notify-expiring-client-secrets'),
      subject: { type: 'client_secret', id },
      userId: null,
      payload: { serviceAccountId, days, expiresAt: when },
    });
  }

  private async mail(
    unit: Unit,
    { name, serviceAccountId, createdByUserId: userId }: ClientSecret,
    end: { readonly days: number; readonly when: string },
  ): Promise<void> {
    if (userId === null) return;
    const user = await unit.em.findOne(User, { id: userId, status: 'active' });
    if (!user) return;
    const { name: account } = await unit.em.findOneOrFail(ServiceAccount, { id: serviceAccountId });
    const { email: to, locale } = user;
    const values = { account, name, ...end };
    this.deps.mails.enqueue(unit, { definition: clientSecretExpiringMail, to, userId, locale, values });
  }
}
