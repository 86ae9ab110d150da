import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { AccessSubjectService } from '../access/decisions/access-subject.service.js';
import type { ResourceOwnersService } from '../access/decisions/resource-owners.service.js';
import type { LiveSessionService } from './live-session.service.js';

const FIND_OWNER = defineStatement<{ userId: string }>(
  'session-find-owner',
  'select user_id as "userId" from sessions where id = $1::uuid',
);

interface Deps {
  readonly statements: Statements;
  readonly liveSessions: LiveSessionService;
  readonly accessSubjects: AccessSubjectService;
  readonly resourceOwners: ResourceOwnersService;
}

/** Tells those who explain decisions whose a session is, and what it has proved. */
export class SessionSubjectService {
  constructor(private readonly deps: Deps) {
    const { liveSessions, accessSubjects, resourceOwners } = deps;
    accessSubjects.knowSessions(async (id) => await liveSessions.peek(id));
    resourceOwners.know('session', async (id) => await this.findOwner(id));
  }

  private async findOwner(id: string): Promise<string | null> {
    const [found] = await this.deps.statements.run(FIND_OWNER, [id]);
    return found?.userId ?? null;
  }
}
