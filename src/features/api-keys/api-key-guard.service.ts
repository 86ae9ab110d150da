import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { apiKeyErrors } from './api-keys.contract.js';

/** Sees to it that an API key which was ended, or lost its owner, while its request was under way opens nothing any more. */
export class ApiKeyGuardService {
  constructor({ bus }: { readonly bus: EventBus }) {
    bus.guard(async (event, unit) => await this.assertLive(event, unit));
  }

  /**
   * Throws API_KEY_INVALID. The key is held until the commit. Its owner is only looked at, after that: a request that has
   * come so far holds somebody else, and two of them would wait for each other's owners.
   */
  private async assertLive({ caller: { principal } }: DomainEvent, { em, now }: Unit): Promise<void> {
    if (principal.kind !== 'api_key') return;
    const [key]: { live: boolean }[] = await em.execute(
      `select revoked_at is null and coalesce(expires_at > ?, true) or xmin = pg_current_xact_id()::xid as live
       from api_keys where id = ? for share`,
      [now, principal.id],
    );
    const { kind, id } = principal.owner;
    const [owner]: { live: boolean }[] = await em.execute(
      kind === 'user'
        ? `select status = 'active' as live from users where id = ?`
        : 'select enabled as live from service_accounts where id = ?',
      [id],
    );
    if (key?.live !== true || owner?.live !== true) throw apiKeyErrors.API_KEY_INVALID();
  }
}
