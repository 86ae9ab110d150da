import type { Keyring } from '../../platform/crypto/keyring.js';
import { type ChainedFacts, GENESIS_HASH, linkHash, personalDigest } from './audit-chain.js';
import type { AuditEvent } from './audit-event.entity.js';
import type { AuditPersonal } from './audit-personal.entity.js';
import { AUDIT_KEY_PURPOSE } from './audit.recorder.js';

/** A place of the chain that can be kept elsewhere and asked for later. */
export interface ChainPoint {
  readonly sequence: number;
  readonly hash: string;
}

/** The answer of a verification: whole, or broken first at `brokenAt`. */
export interface ChainVerdict {
  readonly valid: boolean;
  /** How many links were checked. */
  readonly checked: number;
  /** The first sequence number that does not fit, or null. */
  readonly brokenAt: number | null;
  readonly reason: string | null;
  /** The last link; keep it outside the database, and a rewritten history will not match it. */
  readonly head: ChainPoint;
}

/** Walks the chain link by link; feed it rows in order. */
export class ChainWalk {
  private previous: ChainPoint = { sequence: 0, hash: GENESIS_HASH };

  constructor(private readonly keyring: Keyring) {}

  get last(): ChainPoint {
    return this.previous;
  }

  /** The reason why `row` does not fit, or null; `row` is then the last link. */
  step(row: AuditEvent, personal: AuditPersonal | undefined): string | null {
    const reason = this.misfit(row, personal);
    if (reason === null) this.previous = { sequence: row.sequence, hash: row.hash };
    return reason;
  }

  /** The verdict on a chain in which something is wrong after the last good link. */
  broken(reason: string): ChainVerdict {
    const { sequence } = this.previous;
    return { valid: false, checked: sequence, brokenAt: sequence + 1, reason, head: this.previous };
  }

  /** The verdict on a chain of which every link fits: whole, unless there is a reason why its end does not. */
  end(reason: string | null): ChainVerdict {
    if (reason !== null) return this.broken(reason);
    return {
      valid: true,
      checked: this.previous.sequence,
      brokenAt: null,
      reason: null,
      head: this.previous,
    };
  }

  private misfit(row: AuditEvent, personal: AuditPersonal | undefined): string | null {
    if (row.sequence !== this.previous.sequence + 1) return 'a link is missing before it';
    if (row.previousHash !== this.previous.hash) return 'it does not point at the link before it';
    if (!this.keyring.keyIds.includes(row.keyId))
      return 'its key is not in AUTH_ENCRYPTION_KEY or AUTH_ENCRYPTION_OLD_KEYS';
    if (linkHash(this.keyring.derive(AUDIT_KEY_PURPOSE, row.keyId).key, factsOf(row)) !== row.hash) {
      return 'its contents were changed';
    }
    if (personal && personalDigest(personal.salt, personal.userId, personal.facts) !== row.personalDigest) {
      return 'its personal facts were changed';
    }
    return null;
  }
}

function factsOf(row: AuditEvent): ChainedFacts {
  return {
    sequence: row.sequence,
    eventId: row.id,
    name: row.name,
    occurredAt: row.occurredAt.toISOString(),
    actorKind: row.actorKind,
    actorId: row.actorId,
    actorSessionId: row.actorSessionId,
    subjectType: row.subjectType,
    subjectId: row.subjectId,
    userId: row.userId,
    payload: row.payload,
    personalDigest: row.personalDigest,
    keyId: row.keyId,
    previousHash: row.previousHash,
  };
}
