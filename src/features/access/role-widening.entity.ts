import { defineEntity } from '@mikro-orm/core';
import { Role } from './role.entity.js';

const p = defineEntity.properties;

const RoleWideningSchema = defineEntity({
  name: 'RoleWidening',
  tableName: 'role_widenings',
  properties: {
    id: p.uuid().primary(),
    role: () => p.manyToOne(Role).deleteRule('cascade').index(),
    /** What the role has come to allow by it, and still allows. */
    permissions: p.json<string[]>(),
    /** The session through which it was widened, or null for the system. */
    grantedBySessionId: p.uuid().strictNullable().index(),
    /** The service account that widened it, if one did. */
    grantedByServiceAccountId: p.uuid().strictNullable().index(),
    createdAt: p.datetime().length(3),
  },
});

/** That somebody made a role allow more; as long as it does. */
export class RoleWidening extends RoleWideningSchema.class {}
RoleWideningSchema.setClass(RoleWidening);

export { RoleWideningSchema };
