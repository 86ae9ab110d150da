import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../../platform/database/lineage-columns.js';
import { User } from '../../users/user.entity.js';

const p = defineEntity.properties;

const TrustedDeviceSchema = defineEntity({
  name: 'TrustedDevice',
  tableName: 'trusted_devices',
  uniques: [{ properties: ['userId', 'deviceHash'] }],
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade'),
    /** A keyed fingerprint of the id in the device's cookie. */
    deviceHash: p.string().length(64),
    /** What a person calls the device, such as `Chrome on Windows`. */
    label: p.string().length(100),
    createdAt: p.datetime().length(3),
    lastUsedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).index(),
    ...lineageColumns(),
  },
});

/** A device on which a user is not asked for a second factor for a while. */
export class TrustedDevice extends TrustedDeviceSchema.class {}
TrustedDeviceSchema.setClass(TrustedDevice);

export { TrustedDeviceSchema };
