import { systemCaller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { noticeExpiring, type NoticeWindow } from '../../platform/expiry-notices.js';
import { ApiKey } from './api-key.entity.js';
import type { ApiKeyMailService } from './api-key-mail.service.js';
import { ownerOfKey } from './api-key-owner.service.js';
import { apiKeyExpiryNoticed } from './api-keys.contract.js';
import { idsOf } from './new-api-key.js';

const DAY_SECONDS = 86_400;
/** So long what has ended can still be looked into. */
const KEPT_DAYS = 90;

/** What is claimed here, no other process claims. */
const CLAIM = `
  update api_keys set noticed_days = ?::int where id in (
    select k.id from api_keys k
      left join users u on k.owner_kind = 'user' and u.id = k.owner_id
      left join service_accounts a on k.owner_kind = 'service_account' and a.id = k.owner_id
    where k.revoked_at is null and k.expires_at > ?::timestamptz and k.expires_at <= ?::timestamptz
      and coalesce(u.status = 'active', a.enabled, false)
      and k.expires_at - k.created_at > make_interval(days => ?::int)
      and coalesce(k.noticed_days > ?::int, true)
      and not exists (
        select 1 from api_keys n
        where n.owner_kind = k.owner_kind and n.owner_id = k.owner_id and n.rotated_from_id = k.id)
    order by k.id limit ?::int for update of k skip locked)
  returning id`;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly apiKeyMails: ApiKeyMailService;
}

/** Tells people of keys that will end, and forgets those that have ended. */
export class ApiKeyNoticeService {
  constructor(private readonly deps: Deps) {}

  /** One mail and one event for each key and distance, however many processes look at once. */
  async noticeExpiring(): Promise<void> {
    await noticeExpiring(this.deps.unitOfWork, async (unit, window) => await this.noticeSome(unit, window));
  }

  /** Deletes keys that ended 90 days ago. */
  async purge(): Promise<void> {
    const before = addSeconds(this.deps.clock.now(), -KEPT_DAYS * DAY_SECONDS);
    await this.deps.em
      .fork()
      .nativeDelete(ApiKey, { $or: [{ expiresAt: { $lt: before } }, { revokedAt: { $lt: before } }] });
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
    const keys = await unit.em.find(ApiKey, { id: { $in: claimed.map(({ id }) => id) } });
    for (const key of keys) await this.tell(unit, key, days);
    return claimed.length;
  }

  private async tell(unit: Unit, key: ApiKey, days: number): Promise<void> {
    const { id, name, expiresAt, createdByUserId } = key;
    if (expiresAt === null) return;
    const { userId } = idsOf(ownerOfKey(key));
    await this.deps.apiKeyMails.tellOfEnd(unit, userId ?? createdByUserId, { name, expiresAt, days });
    unit.emit(apiKeyExpiryNoticed, {
      caller: systemCaller('notify-expiring-api-keys'),
      subject: { type: 'api_key', id },
      userId,
      payload: { days, expiresAt: expiresAt.toISOString() },
    });
  }
}
