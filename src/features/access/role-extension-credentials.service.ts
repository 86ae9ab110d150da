import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential } from '../../platform/credential-kind.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { roleAssigned, roleRevoked } from './access.contract.js';
import type { AccountGuardService } from './account-guard.service.js';
import { ADMIN_ROLE } from './built-in-roles.js';
import { RoleAssignment } from './role-assignment.entity.js';
import { isExtended, unmoved } from './role-term.policy.js';

/** How much longer a session has let roles be held that others gave, as what it may have planted. */
export class RoleExtensionCredentialsService implements CredentialKind {
  readonly kind = 'role_extension';
  readonly permission = 'roles:manage';

  constructor(private readonly deps: { readonly accountGuard: AccountGuardService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { extendedBySessionId: { $in: [...sessionIds] } });
  }

  async createdByMachines(em: EntityManager, ids: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { extendedByServiceAccountId: { $in: [...ids] } });
  }

  /** None, as of roles. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  /** Each ends again when it did before, now if that is over. The last active system admin stays one. */
  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const revoked: string[] = [];
    const given = { id: { $in: [...ids] } };
    const found = await unit.em.find(RoleAssignment, given, {
      populate: ['role'],
      orderBy: { id: 'asc' },
      refresh: true,
    });
    for (const held of found) {
      if (!isExtended(held) || (await this.isLastAdmin(unit, held))) continue;
      await this.shorten(unit, caller, held);
      revoked.push(held.id);
    }
    return revoked;
  }

  private async isLastAdmin(unit: Unit, { id, role }: RoleAssignment): Promise<boolean> {
    if (role.name !== ADMIN_ROLE) return false;
    return await this.deps.accountGuard.isLastWayOfAdmin(unit, { assignmentId: id });
  }

  private async shorten(unit: Unit, caller: Caller, held: RoleAssignment): Promise<void> {
    const { holderKind, holderId, role, expiresBefore } = held;
    const userId = holderKind === 'user' ? holderId : null;
    const about = { caller, subject: { type: holderKind, id: holderId }, userId };
    const payload = { role: role.name, holderKind };
    if (expiresBefore === null || expiresBefore <= unit.now) {
      await unit.em.remove(held).flush();
      unit.emit(roleRevoked, { ...about, payload: { ...payload, reason: 'lineage' } });
      return;
    }
    unit.em.assign(held, unmoved(expiresBefore));
    await unit.em.flush();
    unit.emit(roleAssigned, { ...about, payload: { ...payload, expiresAt: expiresBefore.toISOString() } });
  }
}

async function find(em: EntityManager, given: object): Promise<PlantedCredential[]> {
  const found = await em.find(RoleAssignment, given, { populate: ['role'], orderBy: { id: 'asc' } });
  return found.filter(isExtended).map(planted);
}

function planted(held: RoleAssignment): PlantedCredential {
  const { id, holderKind, holderId, role, createdAt, extendedBySessionId } = held;
  return {
    kind: 'role_extension',
    id,
    userId: holderKind === 'user' ? holderId : null,
    ...(holderKind === 'service_account' ? { serviceAccountId: holderId } : {}),
    ...(holderKind === 'group' ? { groupId: holderId } : {}),
    name: role.name,
    createdAt,
    createdBySessionId: extendedBySessionId,
  };
}
