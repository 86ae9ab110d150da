import { defineEntity } from '@mikro-orm/core';
import { ClientSecret } from './client-secret.entity.js';
import { ServiceAccount } from './service-account.entity.js';

const p = defineEntity.properties;

const MachineTokenSchema = defineEntity({
  name: 'MachineToken',
  tableName: 'machine_tokens',
  properties: {
    /** Its `jti`. */
    id: p.uuid().primary(),
    serviceAccountId: () =>
      p.manyToOne(ServiceAccount).mapToPk().fieldName('service_account_id').deleteRule('cascade').index(),
    /** The secret that it was issued for; it is good as long as that one. */
    clientSecretId: () =>
      p.manyToOne(ClientSecret).mapToPk().fieldName('client_secret_id').deleteRule('cascade').index(),
    audience: p.string().length(200),
    /** The permissions that it carries, of those that the account holds as well at each use. */
    scopes: p.json<readonly string[]>(),
    issuedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).index(),
    revokedAt: p.datetime().length(3).strictNullable(),
  },
});

/** An access token that a service account got for a client secret (RFC 6749 §4.4). */
export class MachineToken extends MachineTokenSchema.class {}
MachineTokenSchema.setClass(MachineToken);

export { MachineTokenSchema };
