import type { Caller } from '../../kernel/caller.js';
import type { Page, PageRequest } from '../../kernel/cursor.js';
import type { AuditEntry, AuditService } from '../audit/audit.service.js';

/** Tells what happened to an account, out of the audit trail. */
export class UserHistoryService {
  constructor(private readonly deps: { readonly audit: AuditService }) {}

  /** Newest first. To the owner, what others did says what and when, not who they are or where they sat. */
  async list(caller: Caller, userId: string, page: PageRequest): Promise<Page<AuditEntry>> {
    const { principal } = caller;
    const found = await this.deps.audit.search({ userId }, page);
    if (principal.kind !== 'user' || principal.id !== userId) return found;
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: forOwner(node, userId) }));
    return { ...found, edges };
  }
}

function forOwner(entry: AuditEntry, ownerId: string): AuditEntry {
  const { event } = entry;
  if (event.actorId === ownerId || event.actorKind === 'anonymous') return entry;
  return { event: { ...event, actorId: null, actorSessionId: null }, personal: null };
}
