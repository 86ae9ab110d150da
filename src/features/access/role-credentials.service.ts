import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential } from '../../platform/credential-kind.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { roleRevoked } from './access.contract.js';
import type { AccountGuardService } from './account-guard.service.js';
import { ADMIN_ROLE } from './built-in-roles.js';
import { RoleAssignment } from './role-assignment.entity.js';

/** Roles that a session has given to somebody, as what it may have planted. */
export class RoleCredentialsService implements CredentialKind {
  readonly kind = 'role';
  readonly permission = 'roles:manage';

  constructor(private readonly deps: { readonly accountGuard: AccountGuardService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedBySessionId: { $in: [...sessionIds] } });
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { grantedByServiceAccountId: { $in: [...ids] } });
  }

  /** None: nobody gives roles to themselves by knowing their own password; who gave one is traced by their session. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  /** The last active system admin stays one: that nobody is left would be the intruder's work done. */
  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const revoked: string[] = [];
    const given = { id: { $in: [...ids] } };
    const found = await unit.em.find(RoleAssignment, given, { populate: ['role'], orderBy: { id: 'asc' } });
    for (const { id, holderKind, holderId, role } of found) {
      if (
        role.name === ADMIN_ROLE &&
        (await this.deps.accountGuard.isLastWayOfAdmin(unit, { assignmentId: id }))
      ) {
        continue;
      }
      if ((await unit.em.nativeDelete(RoleAssignment, { id })) === 0) continue;
      const subject = { type: holderKind, id: holderId };
      const userId = holderKind === 'user' ? holderId : null;
      unit.emit(roleRevoked, {
        caller,
        subject,
        userId,
        payload: { role: role.name, holderKind, reason: 'lineage' },
      });
      revoked.push(id);
    }
    return revoked;
  }
}

async function find(em: EntityManager, given: object): Promise<PlantedCredential[]> {
  const found = await em.find(RoleAssignment, given, { populate: ['role'], orderBy: { id: 'asc' } });
  return found.map(planted);
}

function planted({
  id,
  holderKind,
  holderId,
  role,
  createdAt,
  grantedBySessionId,
}: RoleAssignment): PlantedCredential {
  return {
    kind: 'role',
    id,
    userId: holderKind === 'user' ? holderId : null,
    ...(holderKind === 'service_account' ? { serviceAccountId: holderId } : {}),
    ...(holderKind === 'group' ? { groupId: holderId } : {}),
    name: role.name,
    createdAt,
    createdBySessionId: grantedBySessionId,
  };
}
