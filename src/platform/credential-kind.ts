import type { Caller } from '../kernel/caller.js';
import type { EntityManager } from './database/orm.js';
import type { Unit } from './database/unit.js';

/** Something that opens an account, or widens what somebody may do, and the session that it was created through. */
export interface PlantedCredential {
  /** `totp`, `passkey`, `api_key`, `role` … */
  readonly kind: string;
  readonly id: string;
  /** Whose account it is good for; null where that is no user's. */
  readonly userId: string | null;
  /** The service account that it is, or is good for; absent where it is none's. */
  readonly serviceAccountId?: string;
  /** The group whose members it is good for; absent where it is none's. */
  readonly groupId?: string;
  /** What its owner calls it, or what it is; null where there is nothing to tell it by. */
  readonly name: string | null;
  readonly createdAt: Date;
  /** Null only for what `createdSince` finds, and for what a service account created. */
  readonly createdBySessionId: string | null;
}

/** Who created something: a trace follows both. */
export interface Makers {
  readonly sessionIds: readonly string[];
  readonly serviceAccountIds: readonly string[];
}

/** Why credentials go that somebody has planted. */
export type Uprooting = 'lineage' | 'email_undo';

/**
 * A kind of credential that can be traced to the session which created it. Given to `LineageService` in
 * app/services.ts; each feature that owns such credentials implements it for its own.
 */
export interface CredentialKind {
  /** For logs and tests; a kind may own several, such as all second factors. */
  readonly kind: string;
  /** What it takes to remove one from an account that is not the caller's own, beside the right to manage its user. */
  readonly permission: string | null;
  /** Those that are good (or wait to be) and were created through one of the sessions, in whoever's account. */
  createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]>;
  /** As `createdBy`, through service accounts; absent for kinds that these create none of, or that nobody traces to them. */
  createdByMachines?(em: EntityManager, serviceAccountIds: readonly string[]): Promise<PlantedCredential[]>;
  /** The service accounts that sessions or other service accounts created, those that are no longer good as well. */
  machinesOf?(em: EntityManager, makers: Makers): Promise<string[]>;
  /** Those that are good (or wait to be) in the account of one user and were created at or after `since`, by whomever. */
  createdSince(em: EntityManager, userId: string, since: Date): Promise<PlantedCredential[]>;
  /**
   * Removes them within a unit that holds their users, with the event that every removal of this kind has. Answers the
   * ids of those that it removed; what is gone already, or must stay, is left out.
   */
  revokeWithin(unit: Unit, caller: Caller, ids: readonly string[], why: Uprooting): Promise<string[]>;
}
