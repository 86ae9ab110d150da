import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';

/** The signed-in user who asks. Throws UNAUTHENTICATED, or why their credential was not accepted. */
export function askingUser({ principal }: Caller): UserPrincipal {
  if (principal.kind === 'user') return principal;
  throw (principal.kind === 'anonymous' ? principal.refusal : undefined) ?? errors.UNAUTHENTICATED();
}
