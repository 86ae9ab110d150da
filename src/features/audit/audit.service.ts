import type { FilterQuery } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import type { EventDefinition, EventPayload, EventSubject, PersonalFacts } from '../../kernel/event.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditHead } from './audit-head.entity.js';
import { AuditPersonal } from './audit-personal.entity.js';
import { type ChainPoint, type ChainVerdict, ChainWalk } from './audit-verifier.js';

const BATCH = 500;
const KEPT_LINK_MISSING = 'the link that was kept elsewhere is missing';

/** Which audit events a search is about; absent parts do not narrow it. */
export interface AuditFilter {
  readonly name?: string | null;
  readonly userId?: string | null;
  readonly actorId?: string | null;
  readonly subjectId?: string | null;
  readonly since?: Date | null;
  readonly until?: Date | null;
  /** What happened to a session, and what its user did through it. */
  readonly session?: { readonly id: string; readonly userId: string } | null;
}

/** An audit event as a reader may see it, with its personal facts, which are null once erased. */
export interface AuditEntry {
  /** What it happened to is null where that is somebody whom the reader may not know. */
  readonly event: Omit<AuditEvent, 'subjectId'> & { readonly subjectId: string | null };
  readonly personal: PersonalFacts | null;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly keyring: Keyring;
}

/** Owns the reading of the audit trail: search, verification, and the door for an embedding application. */
export class AuditService {
  constructor(private readonly deps: Deps) {}

  /** Newest first. */
  async search(filter: AuditFilter, { first, after }: PageRequest): Promise<Page<AuditEntry>> {
    const em = this.deps.em.fork();
    const before = after === null ? null : Number(decodeCursor(after, isSequence));
    const where: FilterQuery<AuditEvent> = {
      ...(filter.name ? { name: filter.name } : {}),
      ...(filter.userId ? { userId: filter.userId } : {}),
      ...(filter.actorId ? { actorId: filter.actorId } : {}),
      ...(filter.subjectId ? { subjectId: filter.subjectId } : {}),
      ...(filter.session ? { $or: ofSession(filter.session) } : {}),
      ...(before === null ? {} : { sequence: { $lt: before } }),
      occurredAt: { $gte: filter.since ?? new Date(0), $lt: filter.until ?? new Date('9999-01-01') },
    };
    const rows = await em.find(AuditEvent, where, { orderBy: { sequence: 'desc' }, limit: first + 1 });
    const personal = await this.personalOf(em, rows);
    return toPage(rows, first, {
      key: ({ sequence }) => String(sequence),
      node: (event) => ({ event, personal: personal.get(event.id)?.facts ?? null }),
    });
  }

  /**
   * Checks every link. With `expected`, a point kept from an earlier verification, it also shows whether
   * history was replaced as a whole.
   */
  async verify(expected?: ChainPoint): Promise<ChainVerdict> {
    const walk = new ChainWalk(this.deps.keyring);
    const head = await this.deps.em.fork().findOne(AuditHead, { id: 1 });
    let met = !expected?.sequence;
    for await (const { event, personal } of this.links(head?.sequence ?? Number.MAX_SAFE_INTEGER)) {
      const reason = differs(event, expected) ?? walk.step(event, personal);
      if (reason) return walk.broken(reason);
      met ||= event.sequence === expected?.sequence;
    }
    return walk.end(loose(walk.last, head) ?? (await this.strays()) ?? (met ? null : KEPT_LINK_MISSING));
  }

  /** Records an event of an application that embeds Latchkey, in the same chain. */
  async record<Payload extends EventPayload>(
    caller: Caller,
    definition: EventDefinition<Payload>,
    facts: { subject: EventSubject; userId?: string; payload: Payload; personal?: PersonalFacts },
  ): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      unit.emit(definition, { caller, userId: null, ...facts });
    });
  }

  /** Whether there are rows that no walk from the first link to the head would meet. */
  private async strays(): Promise<string | null> {
    const found: unknown[] = await this.deps.em.fork().execute(
      `select 1 from audit_events where sequence < 1
         or sequence > coalesce((select sequence from audit_head where id = 1), 0) limit 1`,
    );
    return found.length === 0 ? null : 'there are rows beside the chain';
  }

  private async *links(until: number): AsyncGenerator<{ event: AuditEvent; personal?: AuditPersonal }> {
    for (let last = 0; ; ) {
      const em = this.deps.em.fork();
      const rows = await em.find(
        AuditEvent,
        // Links written meanwhile are left to the next verification: the head was read first.
        { sequence: { $gt: last, $lte: until } },
        { orderBy: { sequence: 'asc' }, limit: BATCH },
      );
      const personal = await this.personalOf(em, rows);
      for (const event of rows) {
        last = event.sequence;
        const side = personal.get(event.id);
        yield side ? { event, personal: side } : { event };
      }
      if (rows.length < BATCH) return;
    }
  }

  private async personalOf(
    em: EntityManager,
    rows: readonly AuditEvent[],
  ): Promise<Map<string, AuditPersonal>> {
    const found = await em.find(AuditPersonal, { eventId: { $in: rows.map(({ id }) => id) } });
    return new Map(found.map((each) => [each.eventId, each]));
  }
}

/** By the actor as well, since there is an index of actors. */
function ofSession({ id, userId }: { id: string; userId: string }): FilterQuery<AuditEvent>[] {
  return [{ subjectId: id }, { actorId: userId, actorSessionId: id }];
}

/** Why the last link is not the one that the head points at, or null. */
function loose(last: ChainPoint, head: AuditHead | null): string | null {
  if (!head) return last.sequence === 0 ? null : 'the head of the chain is missing';
  return head.hash === last.hash ? null : 'the end of the chain was cut off';
}

function differs(event: AuditEvent, expected: ChainPoint | undefined): string | null {
  const same = event.sequence !== expected?.sequence || event.hash === expected.hash;
  return same ? null : 'it is not the link that was kept elsewhere';
}

function isSequence(key: string): boolean {
  return /^[1-9]\d{0,15}$/.test(key);
}
