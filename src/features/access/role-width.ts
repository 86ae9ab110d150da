import type { Caller } from '../../kernel/caller.js';
import { newId } from '../../kernel/id.js';
import type { Unit } from '../../platform/database/unit.js';
import { granterOf } from './access.service.js';
import type { Role } from './role.entity.js';
import { RoleWidening } from './role-widening.entity.js';

/** Keeps who made a held role allow `added`; and of what others made it allow, only what it still allows. */
export async function recordWidth(
  { em, now }: Unit,
  caller: Caller,
  role: Role,
  added: readonly string[],
): Promise<void> {
  for (const widening of await em.find(RoleWidening, { role }, { refresh: true })) {
    const left = widening.permissions.filter((each) => role.permissions.includes(each));
    if (left.length === 0) em.remove(widening);
    else if (left.length < widening.permissions.length) em.assign(widening, { permissions: left });
  }
  if (added.length > 0) {
    const permissions = [...added];
    em.create(RoleWidening, { id: newId(), role, permissions, ...granterOf(caller), createdAt: now });
  }
  await em.flush();
}
