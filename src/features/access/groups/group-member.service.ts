import type { EntityDictionary } from '@mikro-orm/core';
import type { Caller } from '../../../kernel/caller.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../../kernel/cursor.js';
import { isId, newId } from '../../../kernel/id.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import { groupMemberAdded, groupMemberRemoved } from '../access.contract.js';
import { type AccessService, granterOf } from '../access.service.js';
import type { AccountGuardService } from '../account-guard.service.js';
import { Group } from './group.entity.js';
import { GroupMember } from './group-member.entity.js';
import { holdGroup } from './held-group.js';

/** Who in which group. */
export interface Membership {
  readonly groupId: string;
  readonly userId: string;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
}

/** Owns who is in which group. To put somebody into one is to give them all that it may do, and is judged so. */
export class GroupMemberService {
  constructor(private readonly deps: Deps) {}

  /**
   * Again changes nothing. Throws USER_NOT_FOUND, USER_DELETED, GROUP_NOT_FOUND, ROLE_TOO_WIDE, or USER_TOO_POWERFUL for
   * somebody else who may do more than the caller: what comes with the group may be a duty, too.
   */
  async add(caller: Caller, { groupId, userId }: Membership): Promise<{ user: User; group: Group }> {
    const { unitOfWork, users, access, accountGuard } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const user = await users.holdWithin(unit, userId);
      const group = await holdGroup(unit, groupId);
      await holdRolesOf(unit, groupId);
      for (const { permissions, expiresAt } of await access.rolesWithin(unit, {
        kind: 'group',
        id: groupId,
      })) {
        const until = expiresAt === null ? null : new Date(expiresAt);
        await access.assertMayGiveUntil(unit, caller, permissions, until);
      }
      await accountGuard.assertMayManage(unit, caller, userId);
      if ((await unit.em.count(GroupMember, { groupId, userId })) > 0) return { user, group };
      const member = { id: newId(), groupId, userId, ...granterOf(caller), createdAt: unit.now };
      unit.em.create(GroupMember, member);
      await unit.em.flush();
      const subject = { type: 'group', id: groupId };
      unit.emit(groupMemberAdded, { caller, subject, userId, payload: { group: group.name } });
      return { user, group };
    });
  }

  /**
   * Again changes nothing. Throws USER_NOT_FOUND, USER_DELETED, GROUP_NOT_FOUND, USER_TOO_POWERFUL or LAST_ADMIN.
   */
  async remove(caller: Caller, { groupId, userId }: Membership): Promise<{ user: User; group: Group }> {
    const { unitOfWork, users, accountGuard } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const user = await users.holdWithin(unit, userId);
      const group = await holdGroup(unit, groupId);
      const member = await unit.em.findOne(GroupMember, { groupId, userId });
      if (member) await accountGuard.assertAdminWithout(unit, { membershipId: member.id });
      await accountGuard.assertMayManage(unit, caller, userId);
      if (member) await this.removeWithin(unit, caller, { member, group });
      return { user, group };
    });
  }

  /** Within `unit`, which has asked whether it may. */
  async removeWithin(
    unit: Unit,
    caller: Caller,
    { member, group }: { member: GroupMember; group: Group },
  ): Promise<void> {
    await unit.em.nativeDelete(GroupMember, { id: member.id });
    const subject = { type: 'group', id: group.id };
    const { userId } = member;
    unit.emit(groupMemberRemoved, { caller, subject, userId, payload: { group: group.name } });
  }

  /** A page of the members of each of many groups, newest accounts first, for loaders. */
  async membersOfMany(
    groupIds: readonly string[],
    { first, after }: PageRequest,
  ): Promise<ReadonlyMap<string, Page<User>>> {
    const beyond = after === null ? [] : [decodeCursor(after, isId)];
    const em = this.deps.em.fork();
    const rows: (EntityDictionary<User> & { id: string; in_group: string })[] = await em.execute(
      `select asked.group_id as in_group, u.* from unnest(?::uuid[]) as asked (group_id)
       cross join lateral (
         select m.user_id from group_members m
         where m.group_id = asked.group_id ${after === null ? '' : 'and m.user_id < ?::uuid'}
         order by m.user_id desc limit ?
       ) as member join users u on u.id = member.user_id order by u.id desc`,
      [`{${groupIds.join(',')}}`, ...beyond, first + 1],
    );
    const byGroup = Map.groupBy(rows, (row) => row.in_group);
    const read = { key: ({ id }: { id: string }) => id, node: userOf };
    return new Map(groupIds.map((id) => [id, toPage(byGroup.get(id) ?? [], first, read)]));

    function userOf({ in_group: _group, ...row }: (typeof rows)[number]): User {
      return em.map(User, row);
    }
  }

  /** The groups that each of many users is in, by their names, for loaders. */
  async groupsOfUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, Group[]>> {
    const em = this.deps.em.fork();
    const memberships = await em.find(GroupMember, { userId: { $in: [...userIds] } });
    const groupIds = [...new Set(memberships.map(({ groupId }) => groupId))];
    const groups = await em.find(Group, { id: { $in: groupIds } }, { orderBy: { name: 'asc' } });
    const inGroup = new Map(userIds.map((id) => [id, new Set<string>()]));
    for (const { userId, groupId } of memberships) inGroup.get(userId)?.add(groupId);
    return new Map(
      [...inGroup].map(([userId, ids]) => [userId, groups.filter(({ id }) => ids.has(id))] as const),
    );
  }
}

/** Whoever changes what one of them allows waits, and finds the new member. */
async function holdRolesOf({ em }: Unit, groupId: string): Promise<void> {
  await em.execute(
    `select from roles where id in (
       select role_id from role_assignments where holder_kind = 'group' and holder_id = ?::uuid
     ) order by id for share`,
    [groupId],
  );
}
