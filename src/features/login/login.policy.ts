import type { User } from '../users/user.entity.js';
import type { Proof } from './login-method.js';

/** What the policy says of an attempt: a session at some assurance, or no session. */
export type LoginVerdict =
  | { readonly kind: 'session'; readonly acr: string }
  | { readonly kind: 'refused'; readonly reason: 'account_deactivated' };

/**
 * Decides, from what is known of the attempt alone, whether it has earned a session. The only rule that leads
 * to one; whatever must be asked of an attempt is asked here.
 */
export function judgeLogin({ user }: { readonly user: User; readonly proof: Proof }): LoginVerdict {
  if (user.status !== 'active') return { kind: 'refused', reason: 'account_deactivated' };
  return { kind: 'session', acr: 'aal1' };
}
