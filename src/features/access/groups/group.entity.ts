import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const GroupSchema = defineEntity({
  name: 'Group',
  tableName: 'groups',
  properties: {
    id: p.uuid().primary(),
    name: p.string().length(100).unique(),
    description: p.string().length(500),
    createdAt: p.datetime().length(3),
  },
});

/** Users who hold roles together. */
export class Group extends GroupSchema.class {}
GroupSchema.setClass(Group);

export { GroupSchema };
