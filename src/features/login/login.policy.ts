import type { User } from '../users/user.entity.js';
import type { Proof } from './login-method.js';

/** What the policy says of an attempt: a session at some assurance, what must come before one, or none. */
export type LoginVerdict =
  | { readonly kind: 'session'; readonly acr: string }
  | { readonly kind: 'email_verification_required' }
  | { readonly kind: 'refused' };

export interface LoginRules {
  /** Whether nobody is signed in before they have proved their address. */
  readonly requireVerifiedEmail: boolean;
}

/**
 * Decides, from what is known of the attempt alone, whether it has earned a session. The only rule that leads
 * to one; whatever must be asked of an attempt is asked here.
 */
export function judgeLogin(
  { user }: { readonly user: User; readonly proof: Proof },
  { requireVerifiedEmail }: LoginRules,
): LoginVerdict {
  if (user.status !== 'active') return { kind: 'refused' };
  if (requireVerifiedEmail && user.emailVerifiedAt === null) return { kind: 'email_verification_required' };
  return { kind: 'session', acr: 'aal1' };
}
