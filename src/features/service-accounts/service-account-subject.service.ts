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
  constructor({ statements, access, accessSubjects }: Deps) {
    accessSubjects.knowMachines('service_account', async (id) => {
      const [found] = await statements.run(FIND_ENABLED, [id]);
      if (!found) return null;
      const kind = 'service_account';
      const grants = await access.grantsOf({ kind, id });
      return { kind, id, ...found, credentialIds: [id], expiresAt: null, ...grants };
    });
  }
}
