import { LockMode } from '@mikro-orm/core';
import { errors } from '../../kernel/errors.js';
import type { Unit } from '../../platform/database/unit.js';
import { User } from '../users/user.entity.js';

/**
 * The account, held until the unit ends: whoever changes what opens it holds it first of all, so that no two wait for
 * each other. Throws UNAUTHENTICATED for one that was closed meanwhile.
 */
export async function holdAccount({ em }: Unit, userId: string): Promise<User> {
  const active = { id: userId, status: 'active' } as const;
  const user = await em.findOne(User, active, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw errors.UNAUTHENTICATED();
  return user;
}
