import type { Unit } from '../../platform/database/unit.js';
import { flushNames } from './taken-names.js';
import type { User } from './user.entity.js';

/** Deletes an account that the unit holds: its names are free at once, and kept for a restoration. */
export async function deleteHeld(unit: Unit, user: User): Promise<void> {
  unit.em.assign(user, {
    status: 'deleted',
    formerEmail: user.email,
    formerUsername: user.username,
    email: `${user.id}@deleted.invalid`,
    username: null,
    deletedAt: unit.now,
    updatedAt: unit.now,
  });
  await flushNames(unit.em);
}
