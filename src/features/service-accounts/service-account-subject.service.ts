import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import { NO_LINEAGE } from '../../kernel/lineage.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { AccessService } from '../access/access.service.js';
import type { AccessSubjectService } from '../access/decisions/access-subject.service.js';

const FIND_ENABLED = defineStatement<{ name: string; audiences: string[] }>(
  'service-account-find-enabled',
  'select name, audiences from service_accounts where id = $1::uuid and enabled',
);

interface Deps {
  readonly statements: Statements;
  readonly access: AccessService;
  readonly accessSubjects: AccessSubjectService;
}

/** Tells those who explain decisions who a service account is when it comes with its client secret. */
export class ServiceAccountSubjectService {
  constructor(private readonly deps: Deps) {
    deps.accessSubjects.knowMachines('service_account', async (id) => await this.find(id));
  }

  private async find(id: string): Promise<ServiceAccountPrincipal | null> {
    const [found] = await this.deps.statements.run(FIND_ENABLED, [id]);
    if (!found) return null;
    const kind = 'service_account';
    const grants = await this.deps.access.grantsOf({ kind, id });
    const credential = { credentialIds: [id], byAccessToken: false, lineage: NO_LINEAGE, expiresAt: null };
    return { kind, id, ...found, ...credential, ...grants };
  }
}
