import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { accessErrors, roleCreated, roleDeleted, roleUpdated } from './access.contract.js';
import type { AccessService } from './access.service.js';
import type { AccountGuardService } from './account-guard.service.js';
import { BUILT_IN_ROLES } from './built-in-roles.js';
import { holdRole, TO_CHANGE } from './held-role.js';
import { holdHoldersOf } from './held-users.js';
import { EVERYTHING } from './power.policy.js';
import { Role } from './role.entity.js';
import { recordWidth } from './role-width.js';

/** A role as somebody wants it. */
export interface NewRole {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
  /** Every permission that is declared, by the product or its operators. */
  readonly registry: ReadonlySet<string>;
}

/** Owns the roles there are, and what they allow. Nobody makes, changes or deletes one that allows more than they may. */
export class RoleService {
  constructor(private readonly deps: Deps) {}

  /** Writes the built-in roles as the code declares them. Safe to run in many processes at once. */
  async ensureBuiltIn(): Promise<void> {
    await this.deps.unitOfWork.run(async ({ em, now }) => {
      for (const [name, { description, permissions }] of Object.entries(BUILT_IN_ROLES)) {
        const words = { name, description, permissions: [...permissions], builtIn: true };
        await em.upsert(
          Role,
          { id: newId(), ...words, createdAt: now, widenedAt: null },
          { onConflictFields: ['name'], onConflictMergeFields: ['description', 'permissions', 'builtIn'] },
        );
      }
    });
  }

  /** In the order of their names. */
  async list({ first, after }: PageRequest): Promise<Page<Role>> {
    const beyond = after === null ? {} : { name: { $gt: decodeCursor(after, isName) } };
    const roles = await this.deps.em
      .fork()
      .find(Role, beyond, { orderBy: { name: 'asc' }, limit: first + 1 });
    return toPage(roles, first, { key: ({ name }) => name, node: (role) => role });
  }

  async findByName(name: string): Promise<Role | null> {
    return await this.deps.em.fork().findOne(Role, { name });
  }

  /** Throws PERMISSION_UNKNOWN, ROLE_TOO_WIDE or ROLE_NAME_TAKEN. */
  async create(caller: Caller, { name, description, permissions: wanted }: NewRole): Promise<Role> {
    const permissions = [...new Set(wanted)];
    this.assertDeclared(permissions);
    return await this.deps.unitOfWork.run(async (unit) => {
      await this.assertCovered(unit, caller, permissions);
      const words = { name, description, permissions, builtIn: false };
      const role = unit.em.create(Role, { id: newId(), ...words, createdAt: unit.now, widenedAt: null });
      await flushName(unit.em);
      const subject = { type: 'role', id: role.id };
      unit.emit(roleCreated, { caller, subject, userId: null, payload: { role: name, permissions } });
      return role;
    });
  }

  /**
   * Changes what is given. Throws ROLE_UNKNOWN, ROLE_BUILT_IN, ROLE_TOO_WIDE for a role that allows, or would allow, more
   * than the caller may, PERMISSION_UNKNOWN or ROLE_NAME_TAKEN; and USER_TOO_POWERFUL where it would allow less, or is
   * renamed, which may ask a second factor of all who hold it, while one of them may do more than the caller.
   */
  async update(caller: Caller, roleName: string, changes: Partial<NewRole>): Promise<Role> {
    return await this.deps.unitOfWork.run(async (unit) => {
      await holdHoldersOf(unit, roleName);
      const role = await this.holdOwn(unit, caller, roleName);
      const { name = role.name, description = role.description } = changes;
      const permissions = [...new Set(changes.permissions ?? role.permissions)];
      const added = permissions.filter((each) => !role.permissions.includes(each));
      const removed = role.permissions.some((each) => !permissions.includes(each));
      if (removed || name !== role.name)
        await this.deps.accountGuard.assertMayManageHolders(unit, caller, role);
      // What a feature or a file declared once and does not any more may stay in the roles that have it.
      this.assertDeclared(added);
      // Whoever has the role has it for as long as they have it, which may be for good.
      await this.deps.access.assertMayGiveUntil(unit, caller, added, null);
      const widened = added.length > 0 || name !== role.name;
      if (!widened && !removed && description === role.description) return role;
      const widenedAt = added.length > 0 ? unit.now : role.widenedAt;
      unit.em.assign(role, { name, description, permissions, widenedAt });
      await flushName(unit.em);
      await recordWidth(unit, caller, role, added);
      const subject = { type: 'role', id: role.id };
      const payload = { role: name, permissions, widened };
      unit.emit(roleUpdated, { caller, subject, userId: null, payload });
      return role;
    });
  }

  /** Deletes a role, and takes it from everybody. Throws ROLE_UNKNOWN, ROLE_BUILT_IN, ROLE_TOO_WIDE or USER_TOO_POWERFUL. */
  async delete(caller: Caller, roleName: string): Promise<Role> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const role = await this.holdOwn(unit, caller, roleName);
      await this.deps.accountGuard.assertMayManageHolders(unit, caller, role);
      // Its assignments go with it (`on delete cascade`).
      await unit.em.nativeDelete(Role, { id: role.id });
      const subject = { type: 'role', id: role.id };
      unit.emit(roleDeleted, { caller, subject, userId: null, payload: { role: role.name } });
      return role;
    });
  }

  private async holdOwn(unit: Unit, caller: Caller, name: string): Promise<Role> {
    const role = await holdRole(unit, name, TO_CHANGE);
    if (role.builtIn) throw accessErrors.ROLE_BUILT_IN();
    await this.assertCovered(unit, caller, role.permissions);
    return role;
  }

  private async assertCovered(unit: Unit, caller: Caller, permissions: readonly string[]): Promise<void> {
    if (!(await this.deps.access.mayGive(unit, caller, permissions))) throw accessErrors.ROLE_TOO_WIDE();
  }

  private assertDeclared(permissions: readonly string[]): void {
    const unknown = permissions.filter((each) => each !== EVERYTHING && !this.deps.registry.has(each));
    if (unknown.length > 0) throw accessErrors.PERMISSION_UNKNOWN({ details: { permissions: unknown } });
  }
}

/** What is stored may be older than the rule for names: a cursor is any text that a query takes. */
function isName(key: string): boolean {
  return key.length <= 100 && !key.includes('\0');
}

async function flushName(em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw accessErrors.ROLE_NAME_TAKEN({ cause: error });
  }
}
