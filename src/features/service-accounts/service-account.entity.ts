import { defineEntity } from '@mikro-orm/core';
import { wideningColumn } from '../../platform/database/lineage-columns.js';

const p = defineEntity.properties;

const ServiceAccountSchema = defineEntity({
  name: 'ServiceAccount',
  tableName: 'service_accounts',
  properties: {
    /** Also the OAuth `client_id`. */
    id: p.uuid().primary(),
    name: p.string().length(100).unique(),
    description: p.string().length(500),
    enabled: p.boolean(),
    /** The audiences that it owns: whose tokens it may see. */
    audiences: p.json<readonly string[]>(),
    /** The audiences that it may ask tokens for. */
    allowedAudiences: p.json<readonly string[]>(),
    /** The permissions that its tokens may carry at most; null for all that its roles give. */
    scopes: p.json<readonly string[]>().strictNullable(),
    /** How long its access tokens are valid, in seconds. */
    tokenTtlSeconds: p.integer(),
    /** Access tokens that were issued before are refused: those of the time before it was last disabled. */
    tokensNotBefore: p.datetime().length(3).strictNullable(),
    /** The session it was created through, or null for the system. */
    createdBySessionId: p.uuid().strictNullable(),
    ...wideningColumn(),
    /** The service account that created it, if one did. */
    createdByServiceAccountId: p.uuid().strictNullable().index(),
    createdAt: p.datetime().length(3),
  },
});

/** A machine with an identity of its own. */
export class ServiceAccount extends ServiceAccountSchema.class {}
ServiceAccountSchema.setClass(ServiceAccount);

export { ServiceAccountSchema };
