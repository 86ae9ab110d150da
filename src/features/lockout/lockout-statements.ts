import { defineStatement } from '../../platform/database/statements.js';

/** A counter as an attempt found it, and whether the attempt was counted in it. */
export interface CounterRow {
  readonly key: string;
  readonly failures: number;
  /** Attempts whose verdict may still take failures away. */
  readonly undecided: number;
  readonly pending: number;
  /** Milliseconds since the epoch, or null where nothing has failed yet. */
  readonly lastFailureAt: number | null;
  readonly open: boolean;
  readonly counted: boolean;
  /** The attempt has nothing to do with what was counted: strangers' failures, and it comes from a known place. */
  readonly spared: boolean;
}

/** After so long without a verdict its process has died: the attempt counts as a failure. */
const VERDICT_SECONDS = 30;

// $1 now, $2 account key, $3 network key, $4 pair key, $5 account, $6 threshold, $7 threshold of a network,
// $8 window, $9 cooldown steps, $10 how long a device or network is known, $11 whether the attempt has queued.
const age = 'extract(epoch from $1::timestamptz - c.last_failure_at)';
const pending = `(case when ${age} < ${VERDICT_SECONDS} then c.pending else 0 end)`;
const failures = `(case when ${pending} = 0 and c.rights > 0 then c.failures - c.prior - c.rights else c.failures end)`;
const undecided = `(case when ${pending} > 0 then c.pending + c.rights else 0 end)`;
const threshold = '(case when c.key = $3 then $7::int else $6::int end)';
const cooldown = `(case when ${failures} < ${threshold} then 0
   else ($9::float8[])[least(${failures} - ${threshold} + 1, cardinality($9::float8[]))] end)`;
const forgotten = `(${age} >= $8::float8 + ${cooldown})`;

/**
 * A counter is open when its cooldown is over. Those of the account and of the network do not close a device or
 * network to somebody who signs in from it: strangers, elsewhere or beside them, cannot lock them out (ASVS
 * 6.1.1). Where nobody has succeeded on that account yet, all three count, whatever is presented. Who has
 * queued behind other attempts comes in only if none of those was wrong.
 */
const open = `(c.key <> $4 and known.yes
   or (${cooldown} = 0 or ${age} >= ${cooldown}) and (not $11::boolean or c.key = $3 or ${failures} = ${undecided} or ${forgotten}))`;

/**
 * Whether the counter of the account is left alone: an attempt from a known place, and others have failed. A success
 * that cleared it would tell strangers, before their wait is over, that somebody has signed in, and give them as many
 * guesses again; a failure would tell them the same by a longer wait. The counter of the known place counts all of it.
 */
const spared = `(c.key = $2 and known.yes and not ${forgotten} and ${failures} > own.failures)`;

const state = `
  wanted (key, account) as (values ($2::text, $5::text), ($3, null), ($4, $5)),
  known as (
    select exists (
      select from failure_counters
      where key = $4 and last_success_at > $1::timestamptz - make_interval(secs => $10::float8)
    ) as yes
  ),
  own as (
    select coalesce(max(case when ${forgotten} then 0 else ${failures} end), 0) as failures
    from failure_counters c where c.key = $4
  ),
  state as (
    select w.key, coalesce(${failures}, 0) as failures, coalesce(${pending}, 0) as pending,
      coalesce(${undecided}, 0) as undecided, coalesce(${spared}, false) as spared,
      extract(epoch from c.last_failure_at)::float8 * 1000 as "lastFailureAt", coalesce(${open}, true) as open
    from wanted w cross join known cross join own left join failure_counters c on c.key = w.key
  )`;

export const readCounters = defineStatement<CounterRow>(
  'lockout-read',
  `with ${state} select *, false as counted from state`,
);

/** Whether somebody has signed in from there lately. Parameters: the key, and since when. */
export const findKnown = defineStatement<{ readonly key: string }>(
  'lockout-known',
  'select key from failure_counters where key = $1 and last_success_at > $2::timestamptz',
);

/**
 * Counts an attempt in its three counters, if all of them are open, but for one that is spared it. The last condition
 * judges each row again as it is when its lock is held, so that parallel attempts cannot all see the same free place.
 * Rows are always locked in the order of their keys: no two attempts wait for each other.
 */
export const countAttempt = defineStatement<CounterRow>(
  'lockout-count',
  `with ${state},
  counted as (
    insert into failure_counters as c
      (key, account, failures, pending, prior, rights, first_failure_at, last_failure_at)
    select key, account, 1, 1, 0, 0, $1, $1 from wanted
      where (select bool_and(state.open) from state) and key not in (select state.key from state where spared)
      order by key
    on conflict (key) do update set
      failures = case when ${forgotten} then 1 else ${failures} + 1 end,
      pending = case when ${forgotten} then 1 else ${pending} + 1 end,
      prior = case when ${forgotten} then 0 when ${pending} = 0 then ${failures} else c.prior end,
      rights = case when ${pending} = 0 then 0 else c.rights end,
      first_failure_at = case when ${forgotten} then excluded.first_failure_at else c.first_failure_at end,
      last_failure_at = excluded.last_failure_at
    where (select true from known where ${open})
    returning c.key
  )
  select state.*, counted.key is not null as counted from state left join counted on counted.key = state.key`,
);

/** `withdrawn`: it was never judged. */
export type Verdict = 'right' | 'wrong' | 'withdrawn';

/** A counter after a verdict. */
export interface VerdictRow {
  readonly key: string;
  /** Failures that no verdict of the round can take away any more, unless it is a success. */
  readonly settled: number;
  readonly pending: number;
}

/**
 * Parameters: keys, network key, pair key, verdict, now, account, and the key of a device that is known from now
 * on, or null. A success takes effect when its round ends, that is when nobody is being judged any more: had it
 * made room at once, the next of a burst would follow through. The network gets back the place of the success
 * only, for others share it.
 */
export const judgeAttempt = defineStatement<VerdictRow>(
  'lockout-judge',
  `with held as (
    select key, greatest(pending - 1, 0) as pending, prior,
      failures - (case when $4::text = 'withdrawn' or $4 = 'right' and key = $2 then 1 else 0 end) as failures,
      rights + (case when $4 = 'right' and key <> $2 then 1 else 0 end) as rights
    from failure_counters where key = any($1::text[]) order by key for update
  ), remembered as (
    insert into failure_counters
      (key, account, failures, pending, prior, rights, first_failure_at, last_failure_at, last_success_at)
    select $7::text, $6::text, 0, 0, 0, 0, $5::timestamptz, $5::timestamptz, $5::timestamptz
    where $7 is not null and $7 <> $3
  )
  update failure_counters c set
    pending = held.pending,
    failures = greatest(held.failures
      - (case when held.pending = 0 and held.rights > 0 then held.prior + held.rights else 0 end), 0),
    rights = case when held.pending = 0 then 0 else held.rights end,
    last_success_at = case when $4 = 'right' and c.key = $3 then $5::timestamptz else c.last_success_at end
  from held where c.key = held.key
  returning c.key, c.failures - c.pending - c.rights as settled, c.pending`,
);

export const clearAccount = defineStatement<never>(
  'lockout-clear',
  'update failure_counters set failures = pending, prior = 0, rights = 0 where account = $1',
);

export const purgeCounters = defineStatement<{ readonly key: string }>(
  'lockout-purge',
  `delete from failure_counters
   where last_failure_at < $1 and (last_success_at is null or last_success_at < $2) returning key`,
);
