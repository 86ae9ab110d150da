import { LockMode } from '@mikro-orm/core';
import { isId } from '../../kernel/id.js';
import type { Unit } from '../../platform/database/unit.js';
import { User } from './user.entity.js';
import { userErrors } from './users.contract.js';

/**
 * Holds the account until the transaction ends. It comes first, before its challenges and sessions: who takes rows in
 * one order never waits for another in a circle.
 */
export const HELD = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;

/** The account, in whatever state, held until the transaction ends. Throws USER_NOT_FOUND. */
export async function holdUser({ em }: Unit, id: string): Promise<User> {
  const user = isId(id) ? await em.findOne(User, { id }, HELD) : null;
  if (!user) throw userErrors.USER_NOT_FOUND();
  return user;
}
