import { LockMode } from '@mikro-orm/core';
import { isId } from '../../../kernel/id.js';
import type { Unit } from '../../../platform/database/unit.js';
import { accessErrors } from '../access.contract.js';
import { Group } from './group.entity.js';

/**
 * The group, held until the transaction ends: nobody gives it a role while somebody is put into it. It comes after the
 * users concerned, and before the roles. Throws GROUP_NOT_FOUND.
 */
export async function holdGroup({ em }: Unit, id: string): Promise<Group> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const group = isId(id) ? await em.findOne(Group, { id }, lock) : null;
  if (!group) throw accessErrors.GROUP_NOT_FOUND();
  return group;
}
