import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential, Uprooting } from '../../platform/credential-kind.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { ClientSecret } from './client-secret.entity.js';
import type { ClientSecretService } from './client-secret.service.js';

/** Client secrets as what a session may have planted, in accounts of its own and in those of others. */
export class ClientSecretCredentialsService implements CredentialKind {
  readonly kind = 'client_secret';
  readonly permission = 'service_accounts:modify';

  constructor(private readonly deps: { readonly clientSecrets: ClientSecretService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { createdBySessionId: { $in: [...sessionIds] } });
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { createdByServiceAccountId: { $in: [...ids] } });
  }

  /** None: they are in nobody's account. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[], why: Uprooting): Promise<string[]> {
    return await this.deps.clientSecrets.endWithin(unit, caller, ids, why);
  }
}

/** Those of disabled accounts as well: enabled again, an account has them back. */
async function find(em: EntityManager, created: object): Promise<PlantedCredential[]> {
  const found = await em.find(ClientSecret, { ...created, revokedAt: null }, { orderBy: { id: 'asc' } });
  return found.map(planted);
}

function planted({
  id,
  serviceAccountId,
  name,
  createdAt,
  createdBySessionId,
}: ClientSecret): PlantedCredential {
  return {
    kind: 'client_secret',
    id,
    userId: null,
    serviceAccountId,
    name,
    createdAt,
    createdBySessionId,
  };
}
