import type { Unit } from '../../platform/database/unit.js';
import type { DomainEvent, EventDefinition } from '../../kernel/event.js';
import { groupMemberAdded, roleAssigned, roleUpdated } from './access.contract.js';
import type { AccessService } from './access.service.js';
import { heldRoles } from './held-roles.js';

/** Who has got power by an event, and the roles that they have it by. */
export interface Gain {
  readonly userIds: readonly string[];
  readonly roles: readonly string[];
}

/** Says who holds roles, themselves or through a group, as a transaction sees it. */
export class RoleHoldersService {
  constructor(private readonly deps: { readonly access: AccessService }) {}

  /** Those of the users who hold any role. */
  async among({ em, now }: Unit, userIds: readonly string[]): Promise<string[]> {
    const rows: { id: string }[] = await em.execute(
      `select distinct held.holder_id as id from ${heldRoles('?::timestamptz')} as held
       where held.holder_kind = 'user' and held.holder_id = any(?::uuid[])`,
      [now.toISOString(), `{${userIds.join(',')}}`],
    );
    return rows.map(({ id }) => id);
  }

  /** Who may do more, or has a role of another name, by one of `GAINS`; in the order of their ids. */
  async gainOf(unit: Unit, { definition, userId, subject, payload }: DomainEvent): Promise<Gain> {
    if (definition.name === groupMemberAdded.name) {
      const held = await this.deps.access.rolesWithin(unit, { kind: 'group', id: subject.id });
      return { userIds: userId === null ? [] : [userId], roles: held.map(({ name }) => name) };
    }
    const roles = [String(payload['role'])];
    if (definition.name === roleUpdated.name) {
      return { userIds: payload['widened'] === true ? await this.ofRole(unit, subject.id) : [], roles };
    }
    if (subject.type === 'group') return { userIds: await this.inGroup(unit, subject.id), roles };
    return { userIds: userId === null ? [] : [userId], roles };
  }

  private async ofRole({ em, now }: Unit, roleId: string): Promise<string[]> {
    const rows: { id: string }[] = await em.execute(
      `select distinct held.holder_id as id from ${heldRoles('?::timestamptz')} as held
       where held.holder_kind = 'user' and held.role_id = ?::uuid order by id`,
      [now.toISOString(), roleId],
    );
    return rows.map(({ id }) => id);
  }

  private async inGroup({ em }: Unit, groupId: string): Promise<string[]> {
    const rows: { id: string }[] = await em.execute(
      'select user_id as id from group_members where group_id = ?::uuid order by user_id',
      [groupId],
    );
    return rows.map(({ id }) => id);
  }
}

/** The events by which people get power. */
export const GAINS: readonly EventDefinition[] = [roleAssigned, roleUpdated, groupMemberAdded];
