import { addSeconds } from '../../kernel/clock.js';
import type { DomainEvent, EventDefinition, PersonalFacts } from '../../kernel/event.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { lockEventLog } from '../../platform/events/event-bus.js';
import type { DataSubject } from '../../platform/personal-data.js';
import { eraseSideRows } from './audit-personal-data.js';
import { ForgottenKey } from './forgotten-key.entity.js';
import { keysOfSubject, namesIn } from './forgotten-keys.js';

/** Longer than any request takes, and than the clocks of two processes differ. */
const UNDER_WAY_SECONDS = 15 * 60;

type Repetition = (em: EntityManager, userId: string) => Promise<void>;

interface Deps {
  readonly em: EntityManager;
  readonly keyring: Keyring;
}

/**
 * Owns what the audit trail forgets. The chain holds no personal facts, only salted digests of them, so they can go
 * and it still verifies.
 */
export class AuditErasureService {
  private repetition: Repetition = async () => {};
  /** Transactions that are erasures themselves: what they write about somebody is written after all is gone. */
  private readonly erasing = new WeakSet<EntityManager>();

  constructor(private readonly deps: Deps) {}

  /** Sets what is done when somebody is still written about although they were forgotten. */
  onReturn(repetition: Repetition): void {
    this.repetition = repetition;
  }

  /**
   * Within the transaction of `events`, some of which are about somebody who was forgotten: whatever else it has
   * written about them goes as well.
   */
  async repeat(em: EntityManager, events: readonly DomainEvent[]): Promise<void> {
    if (this.erasing.has(em)) return;
    const ids = new Set(events.flatMap(({ userId, actor }) => [userId, actor.id]));
    const rows: { user_id: string }[] = await em.execute(
      `select distinct user_id from audit_forgotten
       where user_id in (select id::uuid from jsonb_array_elements_text(?::jsonb) as id)`,
      [JSON.stringify([...ids].filter((id) => id !== null))],
    );
    for (const { user_id: userId } of rows) await this.repetition(em, userId);
  }

  /**
   * Within the unit that has erased the personal facts about somebody: erases what was written meanwhile, and keeps
   * requests that are under way from writing more. Holds up every other writer of the trail: call it last.
   */
  async forget({ em, now }: Unit, subject: DataSubject): Promise<void> {
    const { userId } = subject;
    this.erasing.add(em);
    const until = addSeconds(now, UNDER_WAY_SECONDS);
    const keys = keysOfSubject(this.deps.keyring, subject).toSorted();
    await em.upsertMany(
      ForgottenKey,
      keys.map((key) => ({ key, userId, until })),
    );
    // Whoever writes before the lock is seen by what follows; whoever writes after it sees the keys.
    await lockEventLog(em);
    await eraseSideRows(em, subject);
  }

  /** The texts in the personal facts of those events about a user's account: names that it has had, among others. */
  async namesOf(em: EntityManager, userId: string, events: readonly EventDefinition[]): Promise<string[]> {
    const rows: { facts: PersonalFacts }[] = await em.execute(
      `select p.facts from audit_events e join audit_personal p on p.event_id = e.id
       where e.user_id = ? and e.name in (select jsonb_array_elements_text(?::jsonb))`,
      [userId, JSON.stringify(events.map(({ name }) => name))],
    );
    return [...new Set(rows.flatMap(({ facts }) => namesIn(facts)))];
  }

  /** The users who were forgotten so lately that a request about them may still be under way. */
  async lately(): Promise<string[]> {
    const rows: { user_id: string }[] = await this.deps.em
      .fork()
      .execute('select distinct user_id from audit_forgotten order by user_id');
    return rows.map(({ user_id: userId }) => userId);
  }

  /** Drops the keys that have done their work by `time`. */
  async dropKeys(time: Date): Promise<void> {
    await this.deps.em.fork().nativeDelete(ForgottenKey, { until: { $lt: time } });
  }
}
