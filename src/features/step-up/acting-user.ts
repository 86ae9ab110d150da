import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';

/** The user who asks. Throws FORBIDDEN for everybody else: they have no session that anything could be proved in. */
export function actingUser({ principal }: Caller): UserPrincipal {
  if (principal.kind !== 'user') throw errors.FORBIDDEN();
  return principal;
}
