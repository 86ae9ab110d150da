import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential, Uprooting } from '../../platform/credential-kind.js';
import { sessionsBehind, workOf } from '../../platform/database/lineage-columns.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { ApiKey } from './api-key.entity.js';
import type { ApiKeyService } from './api-key.service.js';

/** API keys as what a session may have planted or widened: for itself, for other users and for machines. */
export class ApiKeyCredentials implements CredentialKind {
  readonly kind = 'api_key';
  readonly permission = 'api_keys:revoke';

  constructor(private readonly deps: { readonly apiKeys: ApiKeyService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    const theirs = { ...workOf(sessionIds), revokedAt: null };
    const keys = await em.find(ApiKey, theirs, { orderBy: { id: 'asc' } });
    return keys.flatMap((key) =>
      sessionsBehind(key, sessionIds).map((createdBySessionId) => ({ ...planted(key), createdBySessionId })),
    );
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    const created = { createdByServiceAccountId: { $in: [...ids] }, revokedAt: null };
    return (await em.find(ApiKey, created, { orderBy: { id: 'asc' } })).map(planted);
  }

  async createdSince(em: EntityManager, userId: string, since: Date): Promise<PlantedCredential[]> {
    const ofUser = { ownerKind: 'user', ownerId: userId, revokedAt: null } as const;
    const created = { ...ofUser, createdAt: { $gte: since } };
    return (await em.find(ApiKey, created, { orderBy: { id: 'asc' } })).map(planted);
  }

  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[], why: Uprooting): Promise<string[]> {
    return await this.deps.apiKeys.endWithin(unit, caller, ids, why);
  }
}

function planted({ ownerKind, ownerId, ...key }: ApiKey): PlantedCredential {
  const { id, name, createdAt, createdBySessionId } = key;
  const facts = { kind: 'api_key', id, name, createdAt, createdBySessionId };
  return ownerKind === 'user'
    ? { ...facts, userId: ownerId }
    : { ...facts, userId: null, serviceAccountId: ownerId };
}
