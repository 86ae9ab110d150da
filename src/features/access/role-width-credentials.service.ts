import { LockMode } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential } from '../../platform/credential-kind.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { roleUpdated } from './access.contract.js';
import { Role } from './role.entity.js';
import { RoleWidening } from './role-widening.entity.js';
import { recordWidth } from './role-width.js';

/** What a session has made roles allow, whoever holds them, as what it may have planted. */
export class RoleWidthCredentialsService implements CredentialKind {
  readonly kind = 'role_width';
  readonly permission = 'roles:manage';

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedBySessionId: { $in: [...sessionIds] } });
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedByServiceAccountId: { $in: [...ids] } });
  }

  /** None, as of roles: who widened one is traced by their session. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  /** What was added is taken out, from all who hold the role. */
  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const revoked: string[] = [];
    for (const { id: roleId } of await rolesOf(unit, ids)) {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const role = await unit.em.findOneOrFail(Role, { id: roleId }, { lockMode, refresh: true });
      if (role.builtIn) continue;
      // Looked for once the role is held: somebody may just have taken out what they added.
      const widenings = await unit.em.find(RoleWidening, { id: { $in: [...ids] }, role }, { refresh: true });
      const added = new Set(widenings.flatMap(({ permissions }) => permissions));
      if (added.size === 0) continue;
      const permissions = role.permissions.filter((each) => !added.has(each));
      unit.em.assign(role, { permissions });
      await recordWidth(unit, caller, role, []);
      const payload = { role: role.name, permissions, widened: false };
      unit.emit(roleUpdated, { caller, subject: { type: 'role', id: roleId }, userId: null, payload });
      revoked.push(...widenings.map(({ id }) => id));
    }
    return revoked;
  }
}

/** In one order for all, so that no two who hold several wait in a circle. */
async function rolesOf({ em }: Unit, wideningIds: readonly string[]): Promise<{ id: string }[]> {
  return await em.execute(
    'select distinct role_id as id from role_widenings where id = any(?::uuid[]) order by role_id',
    [`{${wideningIds.join(',')}}`],
  );
}

async function find(em: EntityManager, given: object): Promise<PlantedCredential[]> {
  const found = await em.find(RoleWidening, given, { populate: ['role'], orderBy: { id: 'asc' } });
  return found.map(({ id, role, createdAt, grantedBySessionId }) => ({
    kind: 'role_width',
    id,
    userId: null,
    name: role.name,
    createdAt,
    createdBySessionId: grantedBySessionId,
  }));
}
