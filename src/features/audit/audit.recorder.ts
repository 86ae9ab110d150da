import type { DomainEvent } from '../../kernel/event.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import { randomToken } from '../../platform/crypto/random.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { type ChainedFacts, GENESIS_HASH, linkHash, personalDigest } from './audit-chain.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditHead } from './audit-head.entity.js';
import type { AuditErasureService } from './audit-erasure.service.js';
import { keysOfEvent } from './forgotten-keys.js';

/** The purpose under which the chain's key is derived. */
export const AUDIT_KEY_PURPOSE = 'audit-chain';

/** The facts of whoever has just been erased stay out: their digest in the chain is all that is left. */
const INSERT_PERSONAL = `
  insert into audit_personal (event_id, user_id, salt, facts)
  select event_id, user_id, salt, facts
  from jsonb_to_recordset(?::jsonb)
    as side(event_id uuid, user_id uuid, salt text, facts jsonb, keys jsonb, at timestamptz)
  where not exists (
    select from audit_forgotten f
    where f.until > side.at and f.key in (select jsonb_array_elements_text(side.keys)))
  returning event_id`;

interface Deps {
  readonly bus: EventBus;
  readonly keyring: Keyring;
  readonly auditErasure: AuditErasureService;
}

/**
 * Writes one audit row per audited event, in the transaction that made the event true. It runs under the
 * event log's lock, so links are written one after another over all processes.
 */
export class AuditRecorder {
  constructor(private readonly deps: Deps) {
    deps.bus.record((events, em) => this.append(events, em));
  }

  private async append(events: readonly DomainEvent[], em: EntityManager): Promise<void> {
    const audited = events.filter(({ definition }) => definition.audit !== false);
    if (audited.length === 0) return;
    const head =
      (await em.findOne(AuditHead, { id: 1 })) ??
      em.create(AuditHead, { id: 1, sequence: 0, hash: GENESIS_HASH });
    const sides = audited.map((event) => {
      const { row, side } = this.link(event, head);
      em.persist(em.create(AuditEvent, row));
      head.sequence = row.sequence;
      head.hash = row.hash;
      return side;
    });
    await em.persist(head).flush();
    const written: { event_id: string }[] = await em.execute(INSERT_PERSONAL, [JSON.stringify(sides)]);
    if (written.length < sides.length) await this.deps.auditErasure.repeat(em, audited);
  }

  private link(event: DomainEvent, head: AuditHead) {
    const { keyId, key } = this.deps.keyring.derive(AUDIT_KEY_PURPOSE);
    const salt = randomToken();
    const facts: ChainedFacts = {
      sequence: head.sequence + 1,
      eventId: event.id,
      name: event.definition.name,
      occurredAt: event.occurredAt.toISOString(),
      actorKind: event.actor.kind,
      actorId: event.actor.id,
      actorSessionId: event.actor.sessionId,
      subjectType: event.subject.type,
      subjectId: event.subject.id,
      userId: event.userId,
      payload: event.payload,
      personalDigest: personalDigest(salt, event.userId, event.personal),
      keyId,
      previousHash: head.hash,
    };
    const { eventId, ...columns } = facts;
    return {
      row: {
        ...columns,
        id: eventId,
        occurredAt: event.occurredAt,
        payload: event.payload,
        hash: linkHash(key, facts),
      },
      side: {
        event_id: eventId,
        user_id: event.userId,
        salt,
        facts: event.personal,
        keys: keysOfEvent(this.deps.keyring, event),
        at: event.occurredAt,
      },
    };
  }
}
