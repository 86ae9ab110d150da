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

/**
 * Several at once, in the order of their ids: two who do something to each other never wait in a circle. Until the end
 * nobody closes one of them.
 */
export async function holdUsers({ em }: Unit, ids: readonly string[]): Promise<ReadonlyMap<string, User>> {
  const held = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } } as const;
  const users = await em.find(User, { id: { $in: ids.filter(isId) } }, held);
  return new Map(users.map((user) => [user.id, user]));
}
