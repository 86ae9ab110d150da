import { defineEntity } from '@mikro-orm/core';
import { Session } from './session.entity.js';

const p = defineEntity.properties;

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  properties: {
    id: p.uuid().primary(),
    sessionId: () => p.manyToOne(Session).mapToPk().fieldName('session_id').deleteRule('cascade').index(),
    /** SHA-256, hexadecimal: the token itself has 256 bits, so no slow hash is needed. */
    tokenHash: p.string().length(64).unique(),
    issuedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3),
    rotatedAt: p.datetime().length(3).strictNullable(),
    /** What, with the token itself and the server's key, gives the successor again; useless alone. */
    successorSalt: p.string().length(80).strictNullable(),
  },
});

/** One link of a session's refresh family. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);

export { RefreshTokenSchema };
