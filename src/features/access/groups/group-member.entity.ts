import { defineEntity } from '@mikro-orm/core';
import { User } from '../../users/user.entity.js';
import { Group } from './group.entity.js';

const p = defineEntity.properties;

const GroupMemberSchema = defineEntity({
  name: 'GroupMember',
  tableName: 'group_members',
  uniques: [{ properties: ['groupId', 'userId'] }],
  properties: {
    id: p.uuid().primary(),
    groupId: () => p.manyToOne(Group).mapToPk().fieldName('group_id').deleteRule('cascade'),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** The session through which they were added, or null for the system. */
    grantedBySessionId: p.uuid().strictNullable().index(),
    /** The service account that added them, if one did. */
    grantedByServiceAccountId: p.uuid().strictNullable().index(),
    createdAt: p.datetime().length(3),
  },
});

/** A user in a group. */
export class GroupMember extends GroupMemberSchema.class {}
GroupMemberSchema.setClass(GroupMember);

export { GroupMemberSchema };
