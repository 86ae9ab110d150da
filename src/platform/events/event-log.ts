import type { EntityManager } from '../database/orm.js';
import type { RecordedEvent } from './event-bus.js';
import { LoggedEvent } from './event-log.entity.js';

/** How long a listener that was away can still hear what it missed. */
export const EVENT_RETENTION_DAYS = 7;

/** The committed events, in the order of their commits. */
export class EventLog {
  constructor(private readonly deps: { readonly em: EntityManager }) {}

  /** Up to `limit` events of that name after `position`, oldest first. */
  async since(position: number, name: string, limit: number): Promise<RecordedEvent[]> {
    return await this.deps.em
      .fork()
      .find(LoggedEvent, { position: { $gt: position }, name }, { orderBy: { position: 'asc' }, limit });
  }

  /** Whether the log still reaches back to the event after `position`. */
  async reaches(position: number): Promise<boolean> {
    const [oldest] = await this.deps.em
      .fork()
      .find(LoggedEvent, {}, { orderBy: { position: 'asc' }, limit: 1 });
    return !oldest || oldest.position <= position + 1;
  }

  /** Deletes events from before `time`. */
  async purge(time: Date): Promise<number> {
    return await this.deps.em.fork().nativeDelete(LoggedEvent, { occurredAt: { $lt: time } });
  }
}
