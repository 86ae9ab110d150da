import type { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { Statements } from '../../platform/database/statements.js';
import type { AttemptQueue } from './attempt-queue.js';
import type { CounterKeys } from './counter-keys.js';
import { type LockoutSettings, networkThreshold } from './lockout.policy.js';
import { judgeAttempt, type Verdict, type VerdictRow } from './lockout-statements.js';

/** What a failure has brought about. */
export interface Failure {
  /** The counters whose threshold this very failure reached; emit `lockout.started` when there is one. */
  readonly lockoutStarted: readonly LockoutScope[];
}

/** What a success has brought about. */
export interface Success {
  /** The device that is known for the account from now on; its browser is told so in a signed cookie. */
  readonly deviceId: string;
}

export type LockoutScope = 'account' | 'network' | 'account_on_network' | 'account_on_device';

interface Deps {
  readonly statements: Statements;
  readonly clock: Clock;
  readonly settings: LockoutSettings;
  readonly keys: CounterKeys;
  /** The keys of the counters that it was counted in. */
  readonly counted: readonly string[];
  /** The device that is known for the account, or null. */
  readonly deviceId: string | null;
  readonly queue: AttemptQueue;
}

/**
 * One admitted guess, already counted as a failure. Only the first verdict on it has an effect; without any
 * it remains a failure, and those who wait for it wait in vain.
 */
export class Attempt {
  private open = true;
  private known: string | null;

  constructor(private readonly deps: Deps) {
    this.known = deps.deviceId;
  }

  /**
   * Has a success make an id known that is new, also where the device is known already: whoever has copied the cookie
   * from it must not have what is to be trusted.
   */
  renewDevice(): void {
    this.known = null;
  }

  /**
   * The secret was right: the failures of the account, but for those of strangers when this comes from a known place,
   * and of the account on this device or network are forgotten, and that is known for it from now on. Those of the network as a whole remain. A device that was
   * not known for the account gets an id that nobody else can have seen.
   */
  async succeeded(): Promise<Success> {
    const known = this.known ?? newId();
    await this.judge('right', this.deps.keys.fromDevice(known));
    return { deviceId: known };
  }

  /** The secret was wrong. The count stands already; this ends the wait of others and tells what it set off. */
  async failed(): Promise<Failure> {
    const rows = await this.judge('wrong');
    const { keys, deviceId, settings } = this.deps;
    const reached = (key: string, threshold: number): boolean =>
      rows.some((row) => row.key === key && row.settled === threshold);
    const scopes: LockoutScope[] = [];
    if (reached(keys.account, settings.threshold)) scopes.push('account');
    if (reached(keys.network, networkThreshold(settings))) scopes.push('network');
    if (reached(keys.pair, settings.threshold)) {
      scopes.push(deviceId === null ? 'account_on_network' : 'account_on_device');
    }
    return { lockoutStarted: scopes };
  }

  /** Nothing was judged (the server was busy, the request was cut off): the count is taken back. */
  async withdrawn(): Promise<void> {
    await this.judge('withdrawn');
  }

  private async judge(verdict: Verdict, known: string | null = null): Promise<VerdictRow[]> {
    if (!this.open) return [];
    this.open = false;
    const { statements, clock, settings, keys, counted, queue } = this.deps;
    const now = clock.now().toISOString();
    const values = [counted, keys.network, keys.pair, verdict, now, keys.owner, known];
    const rows = await statements.run(judgeAttempt, values);
    const judged = counted.includes(keys.account) ? keys.account : keys.pair;
    const roundEnded = rows.find(({ key }) => key === judged)?.pending === 0;
    if (roundEnded) queue.wake(keys.account, settings.threshold);
    return rows;
  }
}
