import type { Caller } from '../../../kernel/caller.js';
import type { CredentialKind, PlantedCredential, Uprooting } from '../../../platform/credential-kind.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import { TrustedDevice } from './trusted-device.entity.js';
import type { TrustedDeviceService } from './trusted-device.service.js';

interface Deps {
  readonly trustedDevices: TrustedDeviceService;
}

/** Trusted devices, as something that a session may have planted. */
export class TrustedDeviceCredentialsService implements CredentialKind {
  readonly kind = 'trusted_device';
  readonly permission = null;

  constructor(private readonly deps: Deps) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return (await em.find(TrustedDevice, { createdBySessionId: { $in: [...sessionIds] } })).map(planted);
  }

  async createdSince(em: EntityManager, userId: string, since: Date): Promise<PlantedCredential[]> {
    return (await em.find(TrustedDevice, { userId, createdAt: { $gte: since } })).map(planted);
  }

  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[], why: Uprooting): Promise<string[]> {
    return await this.deps.trustedDevices.removeWithin(unit, caller, { which: { ids }, by: why });
  }
}

function planted({ id, userId, label, createdAt, createdBySessionId }: TrustedDevice): PlantedCredential {
  return { kind: 'trusted_device', id, userId, name: label, createdAt, createdBySessionId };
}
