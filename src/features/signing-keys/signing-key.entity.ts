import { defineEntity } from '@mikro-orm/core';
import type { JWK } from 'jose';

const p = defineEntity.properties;

export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  uniques: [],
  indexes: [
    // At most one key signs, and at most one waits, whatever two processes do at once.
    {
      name: 'signing_keys_one_active',
      expression:
        "create unique index signing_keys_one_active on signing_keys (status) where status in ('active', 'next')",
    },
  ],
  properties: {
    /** The `kid`: never given to another key (RFC 7517 §4.5). */
    id: p.uuid().primary(),
    algorithm: p.enum(SIGNING_ALGORITHMS),
    /** next: published, not yet signing. active: signing. retiring: verifying only, until `expiresAt`. */
    status: p.enum(['next', 'active', 'retiring'] as const),
    publicJwk: p.json<JWK>(),
    /** The private JWK, sealed by the keyring. */
    privateJwkSealed: p.text(),
    createdAt: p.datetime().length(3),
    activatedAt: p.datetime().length(3).strictNullable(),
    /** When a retiring key leaves the JWKS. */
    expiresAt: p.datetime().length(3).strictNullable(),
  },
});

/** One key pair of the token issuer. */
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);

export { SigningKeySchema };
