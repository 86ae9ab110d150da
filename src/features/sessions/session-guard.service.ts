import type { DomainEvent } from '../../kernel/event.js';
import { isId } from '../../kernel/id.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { sessionErrors } from './sessions.contract.js';

/**
 * Sees to it that a session which was ended while its request was under way opens nothing any more: neither a
 * credential nor a power that would outlive it.
 */
export class SessionGuardService {
  constructor({ bus }: { readonly bus: EventBus }) {
    bus.guard(async (event, unit) => await this.assertOpen(event, unit));
  }

  /**
   * Throws SESSION_EXPIRED. The row is held until the commit: whoever ends the session, and then looks for what it has
   * made, waits for that and finds it. A session that the same unit ends was live until then.
   */
  private async assertOpen({ caller: { principal } }: DomainEvent, { em }: Unit): Promise<void> {
    if (principal.kind !== 'user') return;
    const { sessionId } = principal;
    const found: { live: boolean }[] = isId(sessionId)
      ? await em.execute(
          `select revoked_at is null or xmin = pg_current_xact_id()::xid as live
           from sessions where id = ? for share`,
          [sessionId],
        )
      : [];
    if (found[0]?.live !== true) throw sessionErrors.SESSION_EXPIRED();
  }
}
