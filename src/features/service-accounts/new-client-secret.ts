import type { Caller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { newId } from '../../kernel/id.js';
import { lineageOf } from '../../kernel/lineage.js';
import type { Unit } from '../../platform/database/unit.js';
import { ClientSecret } from './client-secret.entity.js';
import { clientSecretHash, newClientSecretText } from './client-secret-text.js';
import { clientSecretCreated } from './service-accounts.contract.js';

/** A secret as its creator gets it, once. */
export interface NewClientSecret {
  readonly row: ClientSecret;
  /** The secret itself. */
  readonly secret: string;
}

/** What is said of a new secret. */
export interface ClientSecretFacts {
  readonly serviceAccountId: string;
  readonly name: string;
  readonly expiresAt: Date | null;
  /** The secret that it replaces, or null. */
  readonly rotatedFromId: string | null;
}

/**
 * Writes a new secret within a unit that holds its account. Throws FORBIDDEN for who comes with an access token: that
 * lives for hours and stands in many hands, and a secret that was made with it would outlive it.
 */
export function writeClientSecret(unit: Unit, caller: Caller, facts: ClientSecretFacts): NewClientSecret {
  const { principal } = caller;
  if (principal.kind === 'service_account' && principal.byAccessToken) throw errors.FORBIDDEN();
  const secret = newClientSecretText();
  const row = unit.em.create(ClientSecret, {
    id: newId(),
    ...facts,
    secretHash: clientSecretHash(secret),
    createdAt: unit.now,
    lastUsedAt: null,
    revokedAt: null,
    revokeReason: null,
    createdByUserId: principal.kind === 'user' ? principal.id : null,
    createdByServiceAccountId: principal.kind === 'service_account' ? principal.id : null,
    noticedDays: null,
    ...lineageOf(principal),
  });
  unit.emit(clientSecretCreated, {
    caller,
    subject: { type: 'service_account', id: facts.serviceAccountId },
    userId: null,
    payload: { clientSecretId: row.id },
  });
  return { row, secret };
}
