import { defineEntity } from '@mikro-orm/core';
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
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).strictNullable(),
    revokedAt: p.datetime().length(3).strictNullable(),
  },
});

/** An OAuth client secret of a service account (RFC 6749 §2.3.1). */
export class ClientSecret extends ClientSecretSchema.class {}
ClientSecretSchema.setClass(ClientSecret);

export { ClientSecretSchema };
