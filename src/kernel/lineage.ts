import type { Principal } from './caller.js';

/**
 * Where a credential comes from: the session that it was created through, and how sure that session was of its user.
 * All null where no session was: the system, or somebody who has only just begun an account.
 */
export interface Lineage {
  readonly createdBySessionId: string | null;
  /** The assurance level of that session (`acr`). */
  readonly createdByAcr: string | null;
  /** The proofs that it had (RFC 8176). */
  readonly createdByAmr: readonly string[] | null;
}

/** The lineage of what `principal` creates. */
export function lineageOf(principal: Principal): Lineage {
  if (principal.kind !== 'user') return NO_LINEAGE;
  const { sessionId, acr, amr } = principal;
  return { createdBySessionId: sessionId, createdByAcr: acr, createdByAmr: amr };
}

/** Of what no session has created. */
export const NO_LINEAGE: Lineage = { createdBySessionId: null, createdByAcr: null, createdByAmr: null };
