import type { DomainEvent } from '../../../kernel/event.js';
import type { CredentialKind } from '../../../platform/credential-kind.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { emailChanged } from '../../users/users.contract.js';
import type { Planted } from './lineage-trace.js';
import type { UprootingService } from './uprooting.service.js';

interface Deps {
  readonly bus: EventBus;
  readonly uprooting: UprootingService;
  readonly credentialKinds: readonly CredentialKind[];
}

/**
 * When the owner takes back a change of address, what came with it goes too, in the same transaction: all that the
 * sessions planted which asked for this change or a later one, and whatever the account has got since.
 */
export class AddressUndoService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(emailChanged, async (event, unit) => {
      if (event.payload['by'] === 'undo') await this.uproot(event, unit);
    });
  }

  private async uproot({ caller, userId, payload }: DomainEvent, unit: Unit): Promise<void> {
    if (userId === null) return;
    const since = new Date(String(payload['since']));
    const changes = await unit.em.find(AuditEvent, {
      userId,
      name: emailChanged.name,
      occurredAt: { $gte: since },
    });
    const asking = changes.map((change) => change.payload['keptSessionId']);
    const sessionIds = [...new Set(asking.filter((id) => typeof id === 'string'))];
    const credentials: Planted[] = [];
    for (const owner of this.deps.credentialKinds) {
      const created = await owner.createdSince(unit.em, userId, since);
      credentials.push(...created.map((each) => ({ ...each, owner })));
    }
    // The link has proved that it is the owner, whoever opens it and wherever they are signed in.
    const remover = { caller, ownerId: userId, rights: 'owner' } as const;
    const start = { sessionIds, credentials, sparedSessionId: null };
    await this.deps.uprooting.within(unit, { start, remover, why: 'email_undo' });
  }
}
