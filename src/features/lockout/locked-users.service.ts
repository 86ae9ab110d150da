import type { Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { counterKeys, type Fingerprint } from './counter-keys.js';
import { cooldownSteps, type LockoutSettings } from './lockout.policy.js';

/** A select of ids, with `?` for its values. */
interface Selection {
  readonly sql: string;
  readonly values: readonly unknown[];
}

interface Deps {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly settings: LockoutSettings;
  readonly fingerprint: Fingerprint;
}

/** The key of the counter of a user's account begins with it; their id follows. */
const USER_KEY = 'account:user:';

/** After so long without a verdict its process has died: the attempt counts as a failure. */
const VERDICT_SECONDS = 30;

const judging = `(c.pending > 0 and c.last_failure_at > s.now - make_interval(secs => ${VERDICT_SECONDS}))`;
/** Failures that no verdict can take away any more, unless it is a success. */
const failures = `(case when ${judging} then c.failures - c.pending - c.rights
  when c.rights > 0 then c.failures - c.prior - c.rights else c.failures end)`;
const until = `c.last_failure_at
  + make_interval(secs => s.steps[least(${failures} - s.threshold + 1, cardinality(s.steps))])`;
const settings = '(values (?::timestamptz, ?::int, ?::float8[])) as s (now, threshold, steps)';
const locked = `(${failures} >= s.threshold and ${until} > s.now)`;

/** Tells which users' accounts are locked, and unlocks them: for those who look after the users. */
export class LockedUsersService {
  constructor(private readonly deps: Deps) {}

  /** SQL that selects the ids of the users at whose accounts a stranger's sign-in is refused right now. */
  selectIds(): Selection {
    const isUser = `starts_with(c.key, '${USER_KEY}')`;
    // No planner may read the other keys as ids.
    const id = `case when ${isUser} then substr(c.key, ${USER_KEY.length + 1})::uuid end`;
    return {
      sql: `select ${id} from failure_counters c cross join ${settings} where ${isUser} and ${locked}`,
      values: this.settings(),
    };
  }

  /** Until when, for those of the users whose accounts are locked. */
  async findLockedUntil(userIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const rows: { key: string; until: Date }[] = await this.deps.em.fork().execute(
      `select c.key, ${until} as until from failure_counters c cross join ${settings}
       where c.key = any(?::text[]) and ${locked}`,
      [...this.settings(), `{${userIds.map((id) => USER_KEY + id).join(',')}}`],
    );
    return new Map(rows.map((row) => [row.key.slice(USER_KEY.length), new Date(row.until)]));
  }

  /** Forgets the failures at the account of a user, wherever they came from, within `unit`. */
  async unlockWithin({ em }: Unit, userId: string): Promise<void> {
    await em.execute(
      'update failure_counters set failures = pending, prior = 0, rights = 0 where account = ?',
      [`user:${userId}`],
    );
  }

  /**
   * Whoever signs in is a stranger again on every device and network but the one device, within `unit`: among the
   * known ones may be those of somebody who has the password that was replaced.
   */
  async forgetPlacesWithin({ em }: Unit, userId: string, keptDeviceId: string | null): Promise<void> {
    const account = `user:${userId}`;
    const kept = counterKeys(this.deps.fingerprint, { account, ip: null, deviceId: keptDeviceId }).pair;
    await em.execute('update failure_counters set last_success_at = null where account = ? and key <> ?', [
      account,
      keptDeviceId === null ? '' : kept,
    ]);
  }

  private settings(): readonly unknown[] {
    const { clock, settings: chosen } = this.deps;
    return [clock.now().toISOString(), chosen.threshold, `{${cooldownSteps(chosen).join(',')}}`];
  }
}
