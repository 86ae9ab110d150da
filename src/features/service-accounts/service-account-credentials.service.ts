import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, Makers, PlantedCredential } from '../../platform/credential-kind.js';
import { sessionsBehind, workOf } from '../../platform/database/lineage-columns.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { ServiceAccount } from './service-account.entity.js';
import type { ServiceAccountService } from './service-account.service.js';

/** Service accounts, with the client secrets they came with, as what a session may have planted, or widened and enabled. */
export class ServiceAccountCredentialsService implements CredentialKind {
  readonly kind = 'service_account';
  readonly permission = 'service_accounts:disable';

  constructor(private readonly deps: { readonly serviceAccounts: ServiceAccountService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    const theirs = { ...workOf(sessionIds), enabled: true };
    const accounts = await em.find(ServiceAccount, theirs, { orderBy: { id: 'asc' } });
    return accounts.flatMap((account) =>
      sessionsBehind(account, sessionIds).map((createdBySessionId) => ({
        ...planted(account),
        createdBySessionId,
      })),
    );
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    const created = { createdByServiceAccountId: { $in: [...ids] }, enabled: true };
    return (await em.find(ServiceAccount, created, { orderBy: { id: 'asc' } })).map(planted);
  }

  /** One that was disabled since may have planted others before. */
  async machinesOf(em: EntityManager, { sessionIds, serviceAccountIds }: Makers): Promise<string[]> {
    const bySession = { createdBySessionId: { $in: [...sessionIds] } };
    const byMachine = { createdByServiceAccountId: { $in: [...serviceAccountIds] } };
    const found = await em.find(ServiceAccount, { $or: [bySession, byMachine] }, { orderBy: { id: 'asc' } });
    return found.map(({ id }) => id);
  }

  /** None: they are nobody's account. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const disabled: string[] = [];
    for (const id of ids) {
      if (await this.deps.serviceAccounts.disableWithin(unit, caller, id)) disabled.push(id);
    }
    return disabled;
  }
}

function planted({ id, name, createdAt, createdBySessionId }: ServiceAccount): PlantedCredential {
  return {
    kind: 'service_account',
    id,
    userId: null,
    serviceAccountId: id,
    name,
    createdAt,
    createdBySessionId,
  };
}
