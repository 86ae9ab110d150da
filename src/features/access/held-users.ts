import type { Unit } from '../../platform/database/unit.js';
import { heldRoles } from './held-roles.js';

/**
 * Holds whoever has the role until the transaction ends: a sign-in of theirs that has not seen what changes is waited
 * for, and found. They come before the group and the role, in the order of their ids, so that no two wait in a circle.
 */
export async function holdHoldersOf({ em, now }: Unit, roleName: string): Promise<void> {
  await em.execute(
    `select from users where id in (
       select held.holder_id from ${heldRoles('?::timestamptz')} as held
       where held.name = ? and held.holder_kind = 'user'
     ) order by id for update`,
    [now.toISOString(), roleName],
  );
}

/** As `holdHoldersOf`, the members of a group. */
export async function holdMembersOf({ em }: Unit, groupId: string): Promise<void> {
  await em.execute(
    `select from users where id in (select user_id from group_members where group_id = ?::uuid)
     order by id for update`,
    [groupId],
  );
}
