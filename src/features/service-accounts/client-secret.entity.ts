import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../platform/database/lineage-columns.js';
import { ServiceAccount } from './service-account.entity.js';

const p = defineEntity.properties;

const ClientSecretSchema = defineEntity({
  name: 'ClientSecret',
  tableName: 'client_secrets',
  properties: {
    id: p.uuid().primary(),
    serviceAccountId: () =>
      p.manyToOne(ServiceAccount).mapToPk().fieldName('service_account_id').deleteRule('cascade').index(),
    /** SHA-256, hexadecimal: the secret has 256 bits, so no slow hash stands on the request path. */
    secretHash: p.string().length(64).unique(),
    /** What tells it from the others of its account. */
    name: p.string().length(100),
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).strictNullable().index(),
    /** Written at most once a minute. */
    lastUsedAt: p.datetime().length(3).strictNullable(),
    revokedAt: p.datetime().length(3).strictNullable(),
    revokeReason: p.string().length(50).strictNullable(),
    /** The secret in whose place it came, if it did. */
    rotatedFromId: p.uuid().strictNullable(),
    /** Who created it, and is told before it expires; null for no user, or one that is gone. */
    createdByUserId: p.uuid().strictNullable().index(),
    /** The service account that created it, if one did. */
    createdByServiceAccountId: p.uuid().strictNullable().index(),
    /** For how many days before its end somebody was told last. */
    noticedDays: p.integer().strictNullable(),
    ...lineageColumns(),
  },
});

/** An OAuth client secret of a service account (RFC 6749 §2.3.1). */
export class ClientSecret extends ClientSecretSchema.class {}
ClientSecretSchema.setClass(ClientSecret);

export { ClientSecretSchema };
