import type { EntityManager } from '../database/orm.js';
import type { RecordedEvent } from './event-bus.js';
import { LoggedEvent } from './event-log.entity.js';

/** How long a listener that was away can still hear what it missed. */
export const EVENT_RETENTION_DAYS = 7;

/** The committed events, in the order of their commits. */
export class EventLog {
  constructor(private readonly deps: { readonly em: EntityManager }) {}

  /** Up to `limit` events of that name after `position`, oldest first; of one user, or of all. */
  async since(
    position: number,
    of: { name: string; userId: string | null },
    limit: number,
  ): Promise<RecordedEvent[]> {
    const wanted = of.userId === null ? { name: of.name } : of;
    return await this.deps.em
      .fork()
      .find(LoggedEvent, { ...wanted, position: { $gt: position } }, { orderBy: { position: 'asc' }, limit });
  }

  /**
   * Whether nothing is missing between `position` and the end of the log: the one is not purged yet, and the
   * other is not before it, as after a restore from a backup.
   */
  async reaches(position: number): Promise<boolean> {
    const [oldest, newest] = [await this.find('asc'), await this.find('desc')];
    if (!oldest || !newest) return position === 0;
    return oldest.position <= position + 1 && position <= newest.position;
  }

  /** Deletes events from before `time`, but the newest: a cursor at the end of the log stays good. */
  async purge(time: Date): Promise<number> {
    const newest = await this.find('desc');
    if (!newest) return 0;
    return await this.deps.em
      .fork()
      .nativeDelete(LoggedEvent, { occurredAt: { $lt: time }, position: { $lt: newest.position } });
  }

  private async find(order: 'asc' | 'desc'): Promise<RecordedEvent | undefined> {
    const [event] = await this.deps.em
      .fork()
      .find(LoggedEvent, {}, { orderBy: { position: order }, limit: 1 });
    return event;
  }
}
