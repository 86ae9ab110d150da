import type { Caller } from '../../kernel/caller.js';
import type { Lineage } from '../../kernel/lineage.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { User } from '../users/user.entity.js';

/** The kinds of second factors. A recovery code is no factor of its own: it stands in for the others when they are lost. */
export const FACTOR_KINDS = ['totp', 'passkey', 'email_code', 'recovery_code'] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

export interface FactorSettings {
  /** Whether codes by mail may serve as a second factor. */
  readonly emailCode: boolean;
}

/** Whether the operator takes a kind of factor; one that is not taken is none, whoever has it. */
export function isTaken(kind: string, { emailCode }: FactorSettings): boolean {
  return kind !== 'email_code' || emailCode;
}

/** What a session says, among what it was opened with, when its first proof rests on the mailbox of its user. */
export const OPENED_BY_MAIL = 'mailbox:first_proof';

/**
 * Whether a second factor lifts a session to aal2, null for one that the first proof includes. A mailbox is no
 * authenticator (NIST SP 800-63B §3.1.3.1): beside one of the two, the other stands alone.
 */
export function liftsLevel(kind: FactorKind | null, openedByMail: boolean): boolean {
  return kind !== 'email_code' && !openedByMail;
}

/** A factor that an account has. */
export interface EnrolledFactor extends Lineage {
  readonly id: string;
  readonly userId: string;
  readonly kind: FactorKind;
  /** What its owner calls it; null for kinds of which there is one. */
  readonly name: string | null;
  /** What helps its owner to find it without telling others: a masked address. */
  readonly hint: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/**
 * What an answer is for: `login <attempt id>`, `session <session id>`, `action <request id>`, `enrolment <session id>`.
 * An answer to a challenge that was issued for one is worth nothing for another.
 */
export type ProofContext = string;

/** What the client needs for its answer. */
export interface FactorChallenge {
  readonly kind: FactorKind;
  /** Where a code was sent, masked; null where nothing was sent. */
  readonly hint: string | null;
  /** What a code is good together with; null for kinds that need none. */
  readonly challengeId: string | null;
  /** What `navigator.credentials.get` takes as `publicKey`, as JSON (WebAuthn §5.1.9); null for the other kinds. */
  readonly publicKey: Readonly<Record<string, unknown>> | null;
  readonly expiresAt: Date | null;
}

/** What somebody answers. */
export interface FactorAnswer {
  readonly code?: string | null;
  readonly challengeId?: string | null;
  /** What the browser answered with, as JSON. */
  readonly credential?: Readonly<Record<string, unknown>> | null;
}

/** A factor that was just proved. */
export interface ProvedFactor {
  readonly kind: FactorKind;
  readonly id: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly lineage: Lineage;
}

/**
 * A kind of second factor. It only proves: budgets, lockout, audit and mails are `MfaService`'s, the same way for every
 * kind.
 */
export interface SecondFactor {
  readonly kind: FactorKind;
  /** Those that the users have, usable ones only. */
  listOf(em: EntityManager, userIds: readonly string[]): Promise<EnrolledFactor[]>;
  /** Gives the client what it needs to answer. Throws RATE_LIMITED where something is sent. */
  challenge(user: User, context: ProofContext): Promise<FactorChallenge>;
  /**
   * The factor that the answer proves, used up before this returns, whatever becomes of the rest; null when it proves
   * none. Not inside a unit of work. `caller` is for the audit trail alone.
   */
  verify(
    user: User,
    answer: FactorAnswer,
    context: ProofContext,
    caller: Caller,
  ): Promise<ProvedFactor | null>;
  /** Takes factors away within `unit`, those not confirmed included. With `ids`, these alone. Answers their ids. */
  removeWithin(unit: Unit, userId: string, ids?: readonly string[]): Promise<string[]>;
}
