import type { PersonalData } from '../../../platform/personal-data.js';
import { Group } from './group.entity.js';
import { GroupMember } from './group-member.entity.js';

/** Which groups somebody is in. */
export const personalGroups: PersonalData = {
  table: 'group_members',
  about: 'The groups that the person is in.',
  action: 'deleted',
  because: 'An account that is gone is in no group; the audit trail keeps that it was.',
  count: async (em, { userId }) => await em.count(GroupMember, { userId }),
  erase: async (em, { userId }) => void (await em.nativeDelete(GroupMember, { userId })),
  export: async (em, { userId }) => {
    const members = await em.find(GroupMember, { userId }, { orderBy: { id: 'asc' } });
    const groups = await em.find(Group, { id: { $in: members.map(({ groupId }) => groupId) } });
    const names = new Map(groups.map(({ id, name }) => [id, name]));
    return members.map(({ groupId, createdAt }) => ({
      group: names.get(groupId),
      since: createdAt.toISOString(),
    }));
  },
};
