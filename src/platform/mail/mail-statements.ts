import { defineStatement } from '../database/statements.js';

/** A mail that this process has in hand until its lease runs out. */
export interface ClaimedMail {
  readonly id: string;
  readonly kind: string;
  readonly sealed: string;
  /** The present one included. */
  readonly attempts: number;
}

/**
 * `$1` now, `$2` the end of the lease, `$3` how many. Rows that another process is just taking are passed over;
 * materialised, so that the limit holds whatever plan is chosen.
 */
export const CLAIM = defineStatement<ClaimedMail>(
  'mail-claim',
  `with due as materialized (
     select id from outgoing_mails where due_at <= $1::timestamptz and sealed is not null
     order by due_at limit $3::int for update skip locked)
   update outgoing_mails set attempts = attempts + 1, due_at = $2::timestamptz
   from due where outgoing_mails.id = due.id
   returning outgoing_mails.id, kind, sealed, attempts`,
);

export const DELIVERED = defineStatement<never>('mail-delivered', 'delete from outgoing_mails where id = $1');

/** `$2` when it is due again, `$3` why. Nothing happens when the lease ran out and another process has it. */
export const RETRY = defineStatement<never>(
  'mail-retry',
  `update outgoing_mails set due_at = $2::timestamptz, failure = $3
   where id = $1 and attempts = $4::int and sealed is not null`,
);

/** `$2` why. What it said is gone from here on. */
export const GIVE_UP = defineStatement<never>(
  'mail-give-up',
  `update outgoing_mails set sealed = null, due_at = null, failure = $2 where id = $1 and attempts = $3::int`,
);

/** Removes what was given up and promised before `$1`. */
export const PURGE = defineStatement<never>(
  'mail-purge',
  'delete from outgoing_mails where due_at is null and created_at < $1::timestamptz',
);
