import { defineEntity } from '@mikro-orm/core';

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
    /** The audiences whose tokens it may see. */
    audiences: p.json<string[]>(),
    /** The session it was created through, or null for the system. */
    createdBySessionId: p.uuid().strictNullable(),
    /** The service account that created it, if one did. */
    createdByServiceAccountId: p.uuid().strictNullable().index(),
    createdAt: p.datetime().length(3),
  },
});

/** A machine with an identity of its own. */
export class ServiceAccount extends ServiceAccountSchema.class {}
ServiceAccountSchema.setClass(ServiceAccount);

export { ServiceAccountSchema };
