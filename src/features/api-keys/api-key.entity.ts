import { defineEntity } from '@mikro-orm/core';
import { lineageColumns, wideningColumn } from '../../platform/database/lineage-columns.js';

const p = defineEntity.properties;

export const API_KEY_OWNER_KINDS = ['user', 'service_account'] as const;

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  indexes: [{ properties: ['ownerKind', 'ownerId'] }],
  properties: {
    /** Part of the key itself, so that a key can be found without a search over hashes. */
    id: p.uuid().primary(),
    /** Never changes. */
    ownerKind: p.enum(API_KEY_OWNER_KINDS),
    ownerId: p.uuid(),
    /** What its owner calls it. */
    name: p.string().length(100),
    /** SHA-256, hexadecimal: the secret has 256 bits, so no slow hash stands on the request path. */
    secretHash: p.string().length(64),
    /** The permissions that it was given, of those of its owner; judged again on every use. */
    scopes: p.json<readonly string[]>(),
    /** The networks (CIDR) that it may be used from; none: from everywhere. */
    allowedNetworks: p.json<readonly string[]>(),
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).strictNullable().index(),
    /** Written at most once a minute. */
    lastUsedAt: p.datetime().length(3).strictNullable(),
    revokedAt: p.datetime().length(3).strictNullable(),
    revokeReason: p.string().length(50).strictNullable(),
    /** The key in whose place it came, if it did. */
    rotatedFromId: p.uuid().strictNullable(),
    /** Who created it; null for no user, or one that is gone. */
    createdByUserId: p.uuid().strictNullable().index(),
    /** The service account that created it, if one did. */
    createdByServiceAccountId: p.uuid().strictNullable().index(),
    /** For how many days before its end somebody was told last. */
    noticedDays: p.integer().strictNullable(),
    ...lineageColumns(),
    ...wideningColumn(),
  },
});

/** A long-lived credential of a user or a service account. */
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);

export { ApiKeySchema };
