import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../../platform/database/lineage-columns.js';
import { User } from '../../../users/user.entity.js';

const p = defineEntity.properties;

/** So long the first code of a new secret is waited for. */
export const PENDING_SECONDS = 3600;

const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp_factors',
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** What its owner calls it. */
    name: p.string().length(100),
    /** The shared secret, encrypted. */
    sealedSecret: p.text(),
    /** The latest time step whose code was used: neither it nor an earlier one works again (RFC 6238 §5.2). */
    lastStep: p.integer().strictNullable(),
    /** When its first code was right; until then it is no factor. */
    confirmedAt: p.datetime().length(3).strictNullable(),
    createdAt: p.datetime().length(3),
    lastUsedAt: p.datetime().length(3).strictNullable(),
    ...lineageColumns(),
  },
});

/** An authenticator app (RFC 6238). */
export class Totp extends TotpSchema.class {}
TotpSchema.setClass(Totp);

export { TotpSchema };
