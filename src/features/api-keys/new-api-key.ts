import type { Caller } from '../../kernel/caller.js';
import { newId } from '../../kernel/id.js';
import type { Lineage } from '../../kernel/lineage.js';
import { sha256Hex } from '../../platform/crypto/fingerprint.js';
import { randomToken } from '../../platform/crypto/random.js';
import type { Unit } from '../../platform/database/unit.js';
import { ApiKey } from './api-key.entity.js';
import type { KeyOwner } from './api-key-owner.service.js';
import { type KeyEnvironment, writeApiKey } from './api-key-text.js';
import { apiKeyCreated } from './api-keys.contract.js';

/** A key as its creator gets it, once. */
export interface NewApiKey {
  readonly apiKey: ApiKey;
  /** The key itself. */
  readonly secret: string;
}

/** What is said of a new key. */
export interface ApiKeyFacts {
  readonly owner: KeyOwner;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly allowedNetworks: readonly string[];
  readonly expiresAt: Date;
  /** The key that it replaces, or null. */
  readonly rotatedFromId: string | null;
  readonly lineage: Lineage;
  readonly environment: KeyEnvironment;
}

/** Writes a new key within a unit that holds its owner. */
export function writeNewApiKey(unit: Unit, caller: Caller, facts: ApiKeyFacts): NewApiKey {
  const { principal } = caller;
  const { owner, name, scopes, allowedNetworks, expiresAt, rotatedFromId, lineage, environment } = facts;
  const secret = randomToken();
  const apiKey = unit.em.create(ApiKey, {
    id: newId(),
    ownerKind: owner.kind,
    ownerId: owner.id,
    name,
    secretHash: sha256Hex(secret),
    scopes: [...scopes],
    allowedNetworks: [...allowedNetworks],
    createdAt: unit.now,
    expiresAt,
    lastUsedAt: null,
    revokedAt: null,
    revokeReason: null,
    rotatedFromId,
    createdByUserId: principal.kind === 'user' ? principal.id : null,
    createdByServiceAccountId: principal.kind === 'service_account' ? principal.id : null,
    noticedDays: null,
    widenedBySessionId: null,
    ...lineage,
  });
  const { userId, serviceAccountId } = idsOf(owner);
  unit.emit(apiKeyCreated, {
    caller,
    subject: { type: 'api_key', id: apiKey.id },
    userId,
    payload: { scopes: [...scopes], expiresAt: expiresAt.toISOString(), serviceAccountId },
  });
  return { apiKey, secret: writeApiKey({ environment, id: apiKey.id, secret }) };
}

/** The owner as events name them: a user where what concerns users stands, so that an erasure finds it. */
export function idsOf({ kind, id }: KeyOwner): {
  readonly userId: string | null;
  readonly serviceAccountId: string | null;
} {
  return { userId: kind === 'user' ? id : null, serviceAccountId: kind === 'service_account' ? id : null };
}
