import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { Statements } from '../../platform/database/statements.js';
import { Attempt } from './attempt.js';
import { AttemptQueue } from './attempt-queue.js';
import {
  accountKey,
  type CounterKeys,
  counterKeys,
  type Fingerprint,
  type LockoutSubject,
} from './counter-keys.js';
import { lockoutErrors } from './lockout.contract.js';
import {
  cooldownSteps,
  type LockoutSettings,
  networkThreshold,
  retryAfterSeconds,
} from './lockout.policy.js';
import * as sql from './lockout-statements.js';

interface Deps {
  readonly statements: Statements;
  readonly clock: Clock;
  readonly settings: LockoutSettings;
  readonly fingerprint: Fingerprint;
}

type Busy = 'account is busy' | 'network is busy';

/** An attempt that finds others on the same account still being judged waits so long for their verdict. */
const MAX_WAIT_MS = 10_000;
/** How often a waiting attempt looks again by itself, for verdicts reached in other processes. */
const POLL_MS = 400;

/**
 * Limits guessing per account, per network and per account from one device or network, whatever flow and
 * transport the guess comes through. An attempt is counted and committed BEFORE it is judged, so however many
 * arrive at once, at most `threshold` are judged; success takes it back, a crash leaves it counted. Right
 * attempts at the same moment do not lock each other out: those beyond the threshold wait until the others are
 * judged, and come in when all of them were right.
 *
 * A success clears the counter of the account, with one exception: from a device or network that is known for it,
 * while failures from elsewhere stand there, it clears the counter of that device or network alone. Otherwise the
 * wait of strangers would end as the owner signs in.
 *
 * The counter is one for all names of an account. Whoever knows a username and an address can therefore learn that they
 * are one account: failures under the one close the other. A counter for each name would give as many guesses at each.
 */
export class LockoutService {
  private readonly queue = new AttemptQueue();

  constructor(private readonly deps: Deps) {}

  /**
   * Admits one guess and counts it, or throws TOO_MANY_ATTEMPTS. Verify the secret after it, then call
   * `succeeded`, `failed` or, when nothing was verified, `withdrawn`. Not inside a unit of work.
   */
  async attempt(subject: LockoutSubject): Promise<Attempt> {
    const deviceId = await this.recognise(subject);
    const keys = counterKeys(this.deps.fingerprint, { ...subject, deviceId });
    const outcome = this.queue.isCrowded(keys.account)
      ? 'account is busy'
      : await this.tryToCount(keys, false);
    const counted = typeof outcome === 'string' ? await this.queueFor(keys, outcome) : outcome;
    const { statements, clock, settings } = this.deps;
    return new Attempt({ statements, clock, settings, keys, counted, deviceId, queue: this.queue });
  }

  /** Throws TOO_MANY_ATTEMPTS during a cooldown. Counts nothing: what follows must not judge a secret. */
  async assertOpen(subject: LockoutSubject): Promise<void> {
    const deviceId = await this.recognise(subject);
    const keys = counterKeys(this.deps.fingerprint, { ...subject, deviceId });
    this.refuseLocked(await this.deps.statements.run(sql.readCounters, this.valuesOf(keys, false)), keys);
  }

  /** Whether somebody has signed in to the account from the device that was recognised, within the time it is known. */
  async isKnownDevice({ account, deviceId }: Omit<LockoutSubject, 'ip'>): Promise<boolean> {
    if (deviceId === null) return false;
    const { statements, clock, settings, fingerprint } = this.deps;
    const { pair } = counterKeys(fingerprint, { account, deviceId, ip: null });
    const since = addSeconds(clock.now(), -settings.knownSeconds).toISOString();
    return (await statements.run(sql.findKnown, [pair, since])).length > 0;
  }

  /**
   * A device that nobody has signed in to the account from is none: the cookie may have been planted by somebody who
   * keeps a copy, and neither their failures nor their guesses must become the owner's device's.
   */
  private async recognise(subject: LockoutSubject): Promise<string | null> {
    return (await this.isKnownDevice(subject)) ? subject.deviceId : null;
  }

  /** Forgets the failures of an account: it was proved by other means, or an operator unlocks it. */
  async clear(account: string): Promise<void> {
    await this.deps.statements.run(sql.clearAccount, [accountKey(this.deps.fingerprint, account)]);
  }

  /** Deletes counters that no longer count; returns how many. */
  async purge(): Promise<number> {
    const { clock, settings } = this.deps;
    const failedBefore = addSeconds(clock.now(), -settings.windowSeconds - settings.capSeconds);
    const knownBefore = addSeconds(clock.now(), -settings.knownSeconds);
    const rows = await this.deps.statements.run(sql.purgeCounters, [
      failedBefore.toISOString(),
      knownBefore.toISOString(),
    ]);
    return rows.length;
  }

  /** Counts the attempt and says where, or who keeps its counters full with attempts not judged yet. */
  private async tryToCount(keys: CounterKeys, queued: boolean): Promise<readonly string[] | Busy> {
    const rows = await this.deps.statements.run(sql.countAttempt, this.valuesOf(keys, queued));
    if (rows.every(({ counted, spared }) => counted || spared)) {
      return rows.filter(({ counted }) => counted).map(({ key }) => key);
    }
    await this.takeBack(rows, keys);
    this.refuseLocked(rows, keys);
    // If all were open when the statement began, another attempt was faster at those that did not count it.
    const outrun = rows.every(({ open }) => open);
    const closed = rows.filter(
      ({ key, open, counted, spared }) => key !== keys.network && (outrun ? !counted && !spared : !open),
    );
    if (queued && !outrun && closed.length > 0 && closed.every(({ pending }) => pending === 0))
      throw refusal(1);
    return closed.length > 0 ? 'account is busy' : 'network is busy';
  }

  /** Behind attempts on its own account, an attempt shares their fate; behind those of a network it just waits. */
  private async queueFor(keys: CounterKeys, reason: Busy): Promise<readonly string[]> {
    const giveUpAt = performance.now() + MAX_WAIT_MS;
    const place = this.queue.join(keys.account);
    let latest = reason;
    try {
      while (performance.now() < giveUpAt) {
        await place.wait(POLL_MS);
        const outcome = await this.tryToCount(keys, latest === 'account is busy');
        if (typeof outcome !== 'string') return outcome;
        latest = outcome;
      }
      throw refusal(1);
    } catch (error) {
      // What refused this one refuses those behind it too: they need not wait to learn it.
      this.queue.wake(keys.account, Number.POSITIVE_INFINITY);
      throw error;
    } finally {
      place.leave();
    }
  }

  /** A counter was closed by another attempt at the same instant: the others must not keep the count. */
  private async takeBack(rows: readonly sql.CounterRow[], keys: CounterKeys): Promise<void> {
    const counted = rows.filter((row) => row.counted).map(({ key }) => key);
    if (counted.length === 0) return;
    const now = this.deps.clock.now().toISOString();
    const values = [counted, keys.network, keys.pair, 'withdrawn', now, keys.owner, null];
    await this.deps.statements.run(sql.judgeAttempt, values);
  }

  private refuseLocked(rows: readonly sql.CounterRow[], keys: CounterKeys): void {
    const { settings, clock } = this.deps;
    const waits = rows.map(({ key, failures, undecided, lastFailureAt, open }) => {
      const threshold = key === keys.network ? networkThreshold(settings) : settings.threshold;
      if (open || lastFailureAt === null || failures - undecided < threshold) return 0;
      const count = { failures, lastFailureAt: new Date(lastFailureAt) };
      return Math.max(1, retryAfterSeconds(settings, count, threshold, clock.now()));
    });
    const longest = Math.max(...waits);
    if (longest > 0) throw refusal(longest);
  }

  private valuesOf(
    keys: CounterKeys,
    queued: boolean,
  ): readonly (string | number | boolean | readonly string[])[] {
    const { clock, settings } = this.deps;
    return [
      clock.now().toISOString(),
      keys.account,
      keys.network,
      keys.pair,
      keys.owner,
      settings.threshold,
      networkThreshold(settings),
      settings.windowSeconds,
      cooldownSteps(settings).map(String),
      settings.knownSeconds,
      queued,
    ];
  }
}

function refusal(retryAfter: number): Error {
  return lockoutErrors.TOO_MANY_ATTEMPTS({ retryAfter });
}
