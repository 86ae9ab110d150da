import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller } from '../../../kernel/caller.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../../kernel/cursor.js';
import { isId, newId } from '../../../kernel/id.js';
import { parseLabel } from '../../../kernel/label.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { accessErrors, groupCreated, groupDeleted, groupUpdated } from '../access.contract.js';
import type { AccessService } from '../access.service.js';
import type { AccountGuardService } from '../account-guard.service.js';
import { RoleAssignment } from '../role-assignment.entity.js';
import { Group } from './group.entity.js';
import { holdGroup } from './held-group.js';

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
}

/** Owns the groups there are. What they may do is their roles' business, and who is in them that of the members. */
export class GroupService {
  constructor(private readonly deps: Deps) {}

  /** All groups, newest first. */
  async list({ first, after }: PageRequest): Promise<Page<Group>> {
    const beyond = after === null ? {} : { id: { $lt: decodeCursor(after, isId) } };
    const groups = await this.deps.em
      .fork()
      .find(Group, beyond, { orderBy: { id: 'desc' }, limit: first + 1 });
    return toPage(groups, first, { key: ({ id }) => id, node: (group) => group });
  }

  async findById(id: string): Promise<Group | null> {
    return isId(id) ? await this.deps.em.fork().findOne(Group, { id }) : null;
  }

  /** Throws INVALID_INPUT for a name that says nothing, or GROUP_NAME_TAKEN. */
  async create(caller: Caller, input: { name: string; description: string }): Promise<Group> {
    const { description } = input;
    const name = parseLabel('name', input.name);
    return await this.deps.unitOfWork.run(async (unit) => {
      const group = unit.em.create(Group, { id: newId(), name, description, createdAt: unit.now });
      await flushName(unit.em);
      unit.emit(groupCreated, about(caller, group));
      return group;
    });
  }

  /**
   * Changes what is given. Throws INVALID_INPUT, GROUP_NOT_FOUND, GROUP_NAME_TAKEN, or ROLE_TOO_WIDE for a group whose
   * members may do more by it than the caller: under another name, an admin would put others into it unawares.
   */
  async update(
    caller: Caller,
    groupId: string,
    changes: { name?: string; description?: string },
  ): Promise<Group> {
    const wanted = changes.name === undefined ? undefined : parseLabel('name', changes.name);
    const { unitOfWork, access } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const group = await holdGroup(unit, groupId);
      const held = await access.permissionsWithin(unit, { kind: 'group', id: group.id });
      if (!(await access.mayGive(unit, caller, held))) throw accessErrors.ROLE_TOO_WIDE();
      const { name, description } = group;
      unit.em.assign(group, { name: wanted ?? name, description: changes.description ?? description });
      if (group.name === name && group.description === description) return group;
      await flushName(unit.em);
      unit.emit(groupUpdated, about(caller, group));
      return group;
    });
  }

  /** Deletes a group; its members lose its roles. Throws GROUP_NOT_FOUND, USER_TOO_POWERFUL or LAST_ADMIN. */
  async delete(caller: Caller, groupId: string): Promise<void> {
    const { unitOfWork, accountGuard } = this.deps;
    await unitOfWork.run(async (unit) => {
      const group = await holdGroup(unit, groupId);
      await accountGuard.assertAdminWithout(unit, { groupId });
      await accountGuard.assertMayTake(unit, caller, { kind: 'group', id: groupId });
      await unit.em.nativeDelete(RoleAssignment, { holderKind: 'group', holderId: groupId });
      // Its memberships go with it (`on delete cascade`).
      await unit.em.nativeDelete(Group, { id: groupId });
      unit.emit(groupDeleted, about(caller, group));
    });
  }
}

function about(caller: Caller, { id, name }: Group) {
  return { caller, subject: { type: 'group', id }, userId: null, payload: { name } };
}

async function flushName(em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw accessErrors.GROUP_NAME_TAKEN({ cause: error });
  }
}
