import { LockMode } from '@mikro-orm/core';
import { isId } from '../../kernel/id.js';
import type { Unit } from '../../platform/database/unit.js';
import { User } from '../users/user.entity.js';

/**
 * The user, whom nobody else changes or signs in until the unit ends; null when there is none. Whoever changes what
 * opens an account holds its user first of all, so that no two wait for each other.
 */
export async function holdUser({ em }: Unit, userId: string): Promise<User | null> {
  if (!isId(userId)) return null;
  return await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
