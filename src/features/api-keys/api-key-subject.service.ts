import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { AccessSubjectService } from '../access/decisions/access-subject.service.js';
import type { ResourceOwnersService } from '../access/decisions/resource-owners.service.js';
import type { LiveApiKeyService } from './live-api-key.service.js';

const FIND_OWNER = defineStatement<{ ownerKind: ApiKeyPrincipal['owner']['kind']; ownerId: string }>(
  'api-key-find-owner',
  'select owner_kind as "ownerKind", owner_id as "ownerId" from api_keys where id = $1::uuid',
);

interface Deps {
  readonly statements: Statements;
  readonly liveApiKeys: LiveApiKeyService;
  readonly accessSubjects: AccessSubjectService;
  readonly resourceOwners: ResourceOwnersService;
}

/** Tells those who explain decisions whose a key is, and who comes with it. */
export class ApiKeySubjectService {
  constructor(private readonly deps: Deps) {
    const { liveApiKeys, accessSubjects, resourceOwners } = deps;
    accessSubjects.knowMachines('api_key', async (id) => await liveApiKeys.peek(id));
    resourceOwners.know('api_key', async (id) => await this.findOwner(id));
  }

  private async findOwner(id: string): Promise<string | null> {
    const [found] = await this.deps.statements.run(FIND_OWNER, [id]);
    return found?.ownerKind === 'user' ? found.ownerId : null;
  }
}
