import { LockMode } from '@mikro-orm/core';
import type { Unit } from '../../platform/database/unit.js';
import { accessErrors } from './access.contract.js';
import { Role } from './role.entity.js';

/** For those who change a role; whoever gives it holds it with others who give it. */
export const TO_CHANGE = LockMode.PESSIMISTIC_WRITE;

/**
 * The role, held until the transaction ends, so that whoever changes what it allows waits and finds its new holder. It
 * comes after the users and the group concerned. Throws ROLE_UNKNOWN.
 */
export async function holdRole(
  { em }: Unit,
  name: string,
  lockMode: LockMode.PESSIMISTIC_READ | LockMode.PESSIMISTIC_WRITE = LockMode.PESSIMISTIC_READ,
): Promise<Role> {
  const role = await em.findOne(Role, { name }, { lockMode, refresh: true });
  if (!role) throw accessErrors.ROLE_UNKNOWN();
  return role;
}

/** The role as it is, for those who take it from somebody. Throws ROLE_UNKNOWN. */
export async function getRole({ em }: Unit, name: string): Promise<Role> {
  const role = await em.findOne(Role, { name });
  if (!role) throw accessErrors.ROLE_UNKNOWN();
  return role;
}
