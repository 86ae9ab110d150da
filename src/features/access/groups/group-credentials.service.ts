import type { Caller } from '../../../kernel/caller.js';
import type { CredentialKind, PlantedCredential } from '../../../platform/credential-kind.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { AccountGuardService } from '../account-guard.service.js';
import { Group } from './group.entity.js';
import { GroupMember } from './group-member.entity.js';
import type { GroupMemberService } from './group-member.service.js';

interface Deps {
  readonly accountGuard: AccountGuardService;
  readonly groupMembers: GroupMemberService;
}

/** Places in groups that a session has given to somebody, as what it may have planted. */
export class GroupCredentialsService implements CredentialKind {
  readonly kind = 'group_membership';
  readonly permission = 'groups:manage';

  constructor(private readonly deps: Deps) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedBySessionId: { $in: [...sessionIds] } });
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedByServiceAccountId: { $in: [...ids] } });
  }

  /** None, as of roles: who put somebody into a group is traced by their session. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  /** The last active system admin stays one. */
  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const revoked: string[] = [];
    const members = await unit.em.find(
      GroupMember,
      { id: { $in: [...ids] } },
      { orderBy: { id: 'asc' }, refresh: true },
    );
    for (const member of members) {
      const { id: membershipId, groupId } = member;
      if (await this.deps.accountGuard.isLastWayOfAdmin(unit, { membershipId })) continue;
      const group = await unit.em.findOneOrFail(Group, { id: groupId });
      await this.deps.groupMembers.removeWithin(unit, caller, { member, group });
      revoked.push(membershipId);
    }
    return revoked;
  }
}

async function find(em: EntityManager, given: object): Promise<PlantedCredential[]> {
  const members = await em.find(GroupMember, given, { orderBy: { id: 'asc' } });
  const groups = await em.find(Group, { id: { $in: members.map(({ groupId }) => groupId) } });
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  return members.map(({ id, groupId, userId, createdAt, grantedBySessionId }) => ({
    kind: 'group_membership',
    id,
    userId,
    name: names.get(groupId) ?? null,
    createdAt,
    createdBySessionId: grantedBySessionId,
  }));
}
