import type { DomainEvent, EventDefinition, EventPayload } from '../../kernel/event.js';
import type { EntityManager } from '../database/orm.js';
import type { Unit } from '../database/unit.js';
import { LoggedEvent } from './event-log.entity.js';

/** An event as every process sees it once it is committed: no actor, nothing personal. */
export interface RecordedEvent {
  /** Rises with the order of commits, over all processes. */
  readonly position: number;
  readonly id: string;
  readonly name: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly userId: string | null;
  readonly payload: EventPayload;
  readonly occurredAt: Date;
}

/** The events of one transaction, and how many of them have had their consequences. */
export interface EventQueue {
  readonly events: DomainEvent[];
  settled: number;
}

type Consequence = (event: DomainEvent, unit: Unit) => Promise<void>;
type Recorder = (events: readonly DomainEvent[], em: EntityManager) => Promise<void>;
type Delivery = (recorded: readonly RecordedEvent[]) => Promise<void>;

/** Serialises writers of the event log and of the audit chain until they commit. */
const LOG_LOCK = 7_205_001;

/**
 * Carries events from the unit of work that made them true: first to consequences and recorders inside the
 * transaction, then, after the commit, to the feed that delivers them in this and every other process.
 */
export class EventBus {
  private readonly consequences = new Map<string, Consequence[]>();
  private readonly guards: Consequence[] = [];
  private readonly recorders: Recorder[] = [];
  private delivery: Delivery = async () => {};

  /** Lets a feature write its own consequence of an event in the same transaction. */
  within<Payload extends EventPayload>(definition: EventDefinition<Payload>, consequence: Consequence): void {
    const known = this.consequences.get(definition.name) ?? [];
    this.consequences.set(definition.name, [...known, consequence]);
  }

  /** Adds a judge of every event that opens something, before its consequences; what it throws takes the unit back. */
  guard(judge: Consequence): void {
    this.guards.push(judge);
  }

  /** Adds a recorder, which writes rows about all events of a transaction under the log's lock. */
  record(recorder: Recorder): void {
    this.recorders.push(recorder);
  }

  /** Sets where committed events go. */
  deliverTo(delivery: Delivery): void {
    this.delivery = delivery;
  }

  /** Inside the transaction: runs the consequences that are due. More events may be queued meanwhile. */
  async settle(unit: Unit, queue: EventQueue): Promise<void> {
    while (queue.settled < queue.events.length) {
      const event = queue.events[queue.settled];
      queue.settled += 1;
      if (!event) continue;
      const { name, opens } = event.definition;
      for (const judge of opens ? this.guards : []) await judge(event, unit);
      for (const consequence of this.consequences.get(name) ?? []) await consequence(event, unit);
    }
  }

  /** Inside the transaction: runs the consequences, then writes the log. */
  async commit(unit: Unit, queue: EventQueue): Promise<RecordedEvent[]> {
    await this.settle(unit, queue);
    const { events } = queue;
    if (events.length === 0) return [];
    await unit.em.flush();
    await lockEventLog(unit.em);
    for (const recorder of this.recorders) await recorder(events, unit.em);
    return await this.append(unit.em, events);
  }

  /** After the commit. */
  async deliver(recorded: readonly RecordedEvent[]): Promise<void> {
    if (recorded.length > 0) await this.delivery(recorded);
  }

  private async append(em: EntityManager, events: readonly DomainEvent[]): Promise<RecordedEvent[]> {
    const rows = events
      .filter(({ definition }) => definition.stream)
      .map((event) =>
        em.create(LoggedEvent, {
          id: event.id,
          name: event.definition.name,
          subjectType: event.subject.type,
          subjectId: event.subject.id,
          userId: event.userId,
          payload: event.payload,
          occurredAt: event.occurredAt,
        }),
      );
    await em.persist(rows).flush();
    // Sent at commit: wakes the feeds of the other processes.
    if (rows.length > 0) await em.execute(`notify ${EVENT_CHANNEL}`);
    return rows;
  }
}

/**
 * Holds up every other writer of the event log and of the audit chain until the transaction ends. Whoever takes it
 * before the commit must touch no further rows that another transaction may hold.
 */
export async function lockEventLog(em: EntityManager): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(?)', [LOG_LOCK]);
}

/** The Postgres channel on which a commit says that the event log has grown. */
export const EVENT_CHANNEL = 'latchkey_events';
