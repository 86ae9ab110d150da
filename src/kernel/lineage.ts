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

/** Whoever makes something, as far as its lineage goes. */
type Maker =
  | {
      readonly kind: 'user';
      readonly sessionId: string;
      readonly acr: string;
      readonly amr: readonly string[];
    }
  | { readonly kind: 'service_account'; readonly lineage: Lineage }
  | { readonly kind: 'anonymous' | 'api_key' | 'system' };

/**
 * The lineage of what `principal` creates. What a machine creates is the work of whoever planted the secret it came
 * with. API keys create nothing that could be followed.
 */
export function lineageOf(principal: Maker): Lineage {
  if (principal.kind === 'service_account') return principal.lineage;
  if (principal.kind !== 'user') return NO_LINEAGE;
  const { sessionId, acr, amr } = principal;
  return { createdBySessionId: sessionId, createdByAcr: acr, createdByAmr: amr };
}

/** Of what no session has created. */
export const NO_LINEAGE: Lineage = { createdBySessionId: null, createdByAcr: null, createdByAmr: null };
