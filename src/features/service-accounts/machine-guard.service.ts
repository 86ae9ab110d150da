import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { serviceAccountErrors } from './service-accounts.contract.js';

/** What a service account comes with, in the order in which it is held; whoever ends one of them goes the same way. */
const HELD = [
  'select enabled as live from service_accounts where id = ? for share',
  `select revoked_at is null and coalesce(expires_at > ?, true) or xmin = pg_current_xact_id()::xid as live
   from client_secrets where id = ? for share`,
  `select revoked_at is null and expires_at > ? or xmin = pg_current_xact_id()::xid as live
   from machine_tokens where id = ? for share`,
] as const;

/**
 * Sees to it that a machine whose account, secret or token was ended while its request was under way opens nothing any
 * more: neither a credential nor a power that would outlive it.
 */
export class MachineGuardService {
  constructor({ bus }: { readonly bus: EventBus }) {
    bus.guard(async (event, unit) => await this.assertLive(event, unit));
  }

  /**
   * Throws CLIENT_INVALID. The rows are held until the commit: whoever ends one of them, and then looks for what was made
   * with it, waits for that and finds it. A secret or token
   * that the same unit ends was live until then.
   */
  private async assertLive({ caller: { principal } }: DomainEvent, { em, now }: Unit): Promise<void> {
    if (principal.kind !== 'service_account') return;
    for (const [place, statement] of HELD.entries()) {
      const id = principal.credentialIds[place];
      if (id === undefined) break;
      const values = place === 0 ? [id] : [now, id];
      const [row]: { live: boolean }[] = await em.execute(statement, values);
      if (row?.live !== true) throw serviceAccountErrors.CLIENT_INVALID();
    }
  }
}
