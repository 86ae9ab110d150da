import type { EntityManager } from './database/orm.js';

/** Whose data it is: the id, and every text by which rows without the id can still be about them. */
export interface DataSubject {
  readonly userId: string;
  /** The addresses and usernames that the account has, and those it is known to have had. */
  readonly identifiers: readonly string[];
  /** Whether they have proved that the address of the account is theirs; only an export says so. */
  readonly addressProved?: boolean;
}

/**
 * What happens to rows at an erasure. `deleted`: they go. `anonymised`: they stay without what pointed at the
 * person. `kept`: they stay, because they tell nothing about the person once the rest is gone.
 */
export type ErasureAction = 'deleted' | 'anonymised' | 'kept';

/** What a feature keeps about a person in one table, and what an erasure and an export do with it. */
export interface PersonalData {
  readonly table: string;
  /** What it holds about a person, in a sentence for the plan and the receipt. */
  readonly about: string;
  readonly action: ErasureAction;
  /** Why this and not another action, in a sentence. */
  readonly because: string;
  /** How many rows are about the person. */
  count(em: EntityManager, subject: DataSubject): Promise<number>;
  /** Carries the action out, within the transaction of the erasure. Left out when the rows are `kept`. */
  erase?(em: EntityManager, subject: DataSubject): Promise<void>;
  /** What the person gets to read in their export, as JSON; no secrets and no hashes. Left out where there is nothing to read. */
  export?(em: EntityManager, subject: DataSubject): Promise<unknown>;
}
