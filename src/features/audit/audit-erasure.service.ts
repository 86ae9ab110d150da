import { addSeconds } from '../../kernel/clock.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { lockEventLog } from '../../platform/events/event-bus.js';
import type { DataSubject } from '../../platform/personal-data.js';
import { eraseSideRows } from './audit-personal-data.js';
import { ForgottenKey } from './forgotten-key.entity.js';
import { keysOfSubject } from './forgotten-keys.js';

/** Longer than any request takes, and than the clocks of two processes differ. */
const UNDER_WAY_SECONDS = 15 * 60;

interface Deps {
  readonly em: EntityManager;
  readonly keyring: Keyring;
}

/**
 * Owns what the audit trail forgets. The chain holds no personal facts, only salted digests of them, so they can go
 * and it still verifies.
 */
export class AuditErasureService {
  constructor(private readonly deps: Deps) {}

  /**
   * Erases the personal facts about somebody within `unit`, and keeps requests that are under way from writing new
   * ones. Holds up every other writer of the trail: call it last.
   */
  async forget({ em, now }: Unit, subject: DataSubject): Promise<void> {
    await eraseSideRows(em, subject);
    const until = addSeconds(now, UNDER_WAY_SECONDS);
    const rows = keysOfSubject(this.deps.keyring, subject).map((key) => ({
      key,
      userId: subject.userId,
      until,
    }));
    await em.upsertMany(ForgottenKey, rows);
    // Whoever wrote before the lock is seen by the second look; whoever writes after it sees the keys.
    await lockEventLog(em);
    await eraseSideRows(em, subject);
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
