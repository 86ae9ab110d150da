import { type Caller, hasPermission } from '../../kernel/caller.js';
import type { Page, PageRequest } from '../../kernel/cursor.js';
import type { PersonalFacts } from '../../kernel/event.js';
import type { AuditEntry, AuditService } from '../audit/audit.service.js';
import type { User } from './user.entity.js';
import type { UserService } from './user.service.js';

interface Deps {
  readonly audit: AuditService;
  readonly users: UserService;
}

/** Tells what happened to an account, out of the audit trail. */
export class UserHistoryService {
  constructor(private readonly deps: Deps) {}

  /**
   * Newest first. To the owner, what others did says what and when, not who they are or where they sat. That holds for
   * what nobody known did as well, until the address is proved: whoever signed up with somebody else's address must not
   * read where its owner sits when they try to sign in.
   */
  async list(caller: Caller, userId: string, page: PageRequest): Promise<Page<AuditEntry>> {
    const { principal } = caller;
    const found = await this.deps.audit.search({ userId }, page);
    if (principal.kind !== 'user' || principal.id !== userId) return found;
    const owner = await this.deps.users.getById(userId);
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: forOwner(node, owner) }));
    return { ...found, edges };
  }

  /**
   * What happened to one of the user's sessions, and what was done through it; newest first. As in `list`, and of what
   * was done to the accounts of others nobody is told who those are but those who may read users.
   */
  async listOfSession(
    { principal }: Caller,
    { sessionId, userId }: { sessionId: string; userId: string },
    page: PageRequest,
  ): Promise<Page<AuditEntry>> {
    const found = await this.deps.audit.search({ session: { id: sessionId, userId } }, page);
    const isOwner = principal.kind === 'user' && principal.id === userId;
    const owner = isOwner ? await this.deps.users.getById(userId) : null;
    const edges = found.edges.map(({ cursor, node }) => {
      const entry = owner ? forOwner(node, owner) : node;
      const isOwn = entry.event.userId === userId;
      return { cursor, node: isOwn ? entry : withoutOthers(entry, hasPermission(principal, 'users:read')) };
    });
    return { ...found, edges };
  }
}

/**
 * Where it was done from is the actor's own; the rest may be somebody else's. Who that is, those may know who read users
 * anyway.
 */
function withoutOthers({ event, personal }: AuditEntry, mayKnowThem: boolean): AuditEntry {
  const { ip = null, userAgent = null } = personal ?? {};
  const told = mayKnowThem || event.userId === null ? event : { ...event, subjectId: null, userId: null };
  return { event: told, personal: personal === null ? null : { ip, userAgent } };
}

function forOwner(entry: AuditEntry, owner: User): AuditEntry {
  const { event, personal } = entry;
  if (event.actorId === owner.id) return entry;
  if (event.actorKind === 'anonymous') {
    return owner.emailVerifiedAt === null ? { event, personal: withoutPlace(personal) } : entry;
  }
  return { event: { ...event, actorId: null, actorSessionId: null }, personal: null };
}

function withoutPlace(personal: PersonalFacts | null): PersonalFacts | null {
  if (personal === null) return null;
  const { ip: _ip, userAgent: _userAgent, ...rest } = personal;
  return rest;
}
