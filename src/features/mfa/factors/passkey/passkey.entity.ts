import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../../platform/database/lineage-columns.js';
import { User } from '../../../users/user.entity.js';

const p = defineEntity.properties;

const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkeys',
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** What its owner calls it. */
    name: p.string().length(100),
    /** WebAuthn §5.1 `id`, base64url: at most 1023 bytes. */
    credentialId: p.string().length(1400).unique(),
    /** The COSE public key, base64url. */
    publicKey: p.text(),
    /** The signature counter when it was last used; 0 for authenticators that keep none. */
    counter: p.bigint('number'),
    /** How a browser reaches it (WebAuthn §5.8.4). */
    transports: p.json<readonly string[]>(),
    /** The model of the authenticator, if it says so. */
    aaguid: p.uuid().strictNullable(),
    /** Whether it may be copied to other devices of its owner (WebAuthn §6.1.3). */
    backupEligible: p.boolean(),
    /** Whether the authenticator verified its owner at the registration, so that it can stand alone at a sign-in. */
    userVerified: p.boolean(),
    createdAt: p.datetime().length(3),
    lastUsedAt: p.datetime().length(3).strictNullable(),
    ...lineageColumns(),
  },
});

/** A WebAuthn credential. */
export class Passkey extends PasskeySchema.class {}
PasskeySchema.setClass(Passkey);

export { PasskeySchema };
