import { defineEntity } from '@mikro-orm/core';
import { Role } from './role.entity.js';

const p = defineEntity.properties;

export const HOLDER_KINDS = ['user', 'service_account', 'group'] as const;

/** Who can hold a role. */
export interface RoleHolder {
  readonly kind: (typeof HOLDER_KINDS)[number];
  readonly id: string;
}

const RoleAssignmentSchema = defineEntity({
  name: 'RoleAssignment',
  tableName: 'role_assignments',
  // Who holds a role, in the order of their ids.
  indexes: [{ properties: ['role', 'holderKind', 'holderId'] }],
  uniques: [{ properties: ['holderKind', 'holderId', 'role'] }],
  properties: {
    id: p.uuid().primary(),
    holderKind: p.enum(HOLDER_KINDS),
    holderId: p.uuid(),
    role: () => p.manyToOne(Role).deleteRule('cascade'),
    /** The session through which it was granted, or null for the system. */
    grantedBySessionId: p.uuid().strictNullable(),
    /** The service account that granted it, if one did. */
    grantedByServiceAccountId: p.uuid().strictNullable().index(),
    createdAt: p.datetime().length(3),
    /** It counts for nothing from then on; null for one that stays. */
    expiresAt: p.datetime().length(3).strictNullable().index(),
    /** The session that last moved its end, unless that has been moved back since. */
    extendedBySessionId: p.uuid().strictNullable().index(),
    /** The service account that did, if one did. */
    extendedByServiceAccountId: p.uuid().strictNullable().index(),
    /** When it expired before they did; null where it did not expire, and where nobody has moved its end. */
    expiresBefore: p.datetime().length(3).strictNullable(),
  },
});

/** A role in somebody's hands. */
export class RoleAssignment extends RoleAssignmentSchema.class {}
RoleAssignmentSchema.setClass(RoleAssignment);

export { RoleAssignmentSchema };
