import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'roles',
  properties: {
    id: p.uuid().primary(),
    name: p.string().length(100).unique(),
    description: p.string().length(500),
    /** Permission names; `*` stands for every permission there is, now and later. */
    permissions: p.json<string[]>(),
    /** Declared by the product: its permissions follow the code. */
    builtIn: p.boolean(),
    createdAt: p.datetime().length(3),
    /** When it last came to allow more; null for one that never did. Whoever held it before has that since then only. */
    widenedAt: p.datetime().length(3).strictNullable(),
  },
});

/** A named set of permissions. */
export class Role extends RoleSchema.class {}
RoleSchema.setClass(Role);

export { RoleSchema };
