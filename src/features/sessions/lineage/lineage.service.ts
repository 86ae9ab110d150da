import { type Caller, hasPermission } from '../../../kernel/caller.js';
import { isId } from '../../../kernel/id.js';
import type { CredentialKind, PlantedCredential } from '../../../platform/credential-kind.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { Session } from '../session.entity.js';
import { sessionCreated, sessionErrors } from '../sessions.contract.js';
import { type Trace, traceFrom } from './lineage-trace.js';
import type { Uprooted, UprootingService } from './uprooting.service.js';

/** Which session's work is to go. */
export interface LineageWish {
  readonly sessionId: string;
  /** Whether only to tell what would go. */
  readonly dryRun: boolean;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly accountGuard: AccountGuardService;
  readonly uprooting: UprootingService;
  /** Whatever can be planted, of every feature that owns such a thing; shared by all who trace. */
  readonly credentialKinds: CredentialKind[];
}

/** Takes a transaction back whose outcome was all that was wanted. */
class DryRun extends Error {}

/** Tells what a session has planted, and removes exactly that. */
export class LineageService {
  constructor(private readonly deps: Deps) {}

  /** Traces another kind from now on: one whose feature stands above this one. */
  register(kind: CredentialKind): void {
    this.deps.credentialKinds.push(kind);
  }

  /** What each of many sessions created itself and still is good, for loaders. */
  async createdByMany(sessionIds: readonly string[]): Promise<ReadonlyMap<string, PlantedCredential[]>> {
    const em = this.deps.em.fork();
    const found: PlantedCredential[] = [];
    for (const kind of this.deps.credentialKinds) found.push(...(await kind.createdBy(em, sessionIds)));
    return Map.groupBy(found, ({ createdBySessionId }) => createdBySessionId ?? '');
  }

  /**
   * Removes what the session planted, and what was planted by whoever came in by that, and ends it, unless it is the one
   * that the caller asks through; a dry run does all of it and takes it back. The row of the session need not be there
   * any more. Throws USER_TOO_POWERFUL, and SESSION_NOT_FOUND unless it is the caller's own or they hold
   * `sessions:revoke`.
   */
  async revokeEverythingFrom(caller: Caller, { sessionId, dryRun }: LineageWish): Promise<Uprooted> {
    const { principal } = caller;
    const ownerId = await this.owns(sessionId);
    const own = principal.kind === 'user' && principal.id === ownerId;
    if (ownerId === null || !(own || hasPermission(principal, 'sessions:revoke'))) {
      throw sessionErrors.SESSION_NOT_FOUND();
    }
    const sparedSessionId = principal.kind === 'user' ? principal.sessionId : null;
    const start = { sessionIds: [sessionId], sparedSessionId };
    // Looked at before, to know whose accounts to hold; what counts is found again once they are held.
    const seen = await traceFrom(this.deps.em.fork(), this.deps.credentialKinds, start);
    return await this.run(dryRun, async (unit) => {
      await holdUsers(unit, [ownerId, ...usersOf(seen)]);
      await this.deps.accountGuard.assertMayManage(unit, caller, ownerId);
      const remover = { caller, ownerId, rights: 'caller' } as const;
      return await this.deps.uprooting.within(unit, { start, remover, why: 'lineage' });
    });
  }

  private async run(dryRun: boolean, work: (unit: Unit) => Promise<Uprooted>): Promise<Uprooted> {
    const outcome: { answer?: Uprooted } = {};
    try {
      return await this.deps.unitOfWork.run(async (unit) => {
        outcome.answer = await work(unit);
        if (dryRun) throw new DryRun();
        return outcome.answer;
      });
    } catch (error) {
      if (error instanceof DryRun && outcome.answer) return outcome.answer;
      throw error;
    }
  }

  /** By its row or, once that is purged, by the audit trail. */
  private async owns(sessionId: string): Promise<string | null> {
    if (!isId(sessionId)) return null;
    const em = this.deps.em.fork();
    const session = await em.findOne(Session, { id: sessionId });
    if (session) return session.userId;
    const begun = await em.findOne(AuditEvent, { subjectId: sessionId, name: sessionCreated.name });
    return begun?.userId ?? null;
  }
}

/** In the order of their ids, so that no two wait for each other in a circle. */
async function holdUsers({ em }: Unit, ids: readonly string[]): Promise<void> {
  await em.execute('select from users where id = any(?::uuid[]) order by id for update', [
    `{${[...new Set(ids)].join(',')}}`,
  ]);
}

function usersOf({ credentials }: Trace): string[] {
  return credentials.flatMap(({ userId }) => userId ?? []);
}
