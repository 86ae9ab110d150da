import type { Passkey } from './passkey.entity.js';

/** How many one account may have: for each, its owner is asked by every sign-in that names them. */
export const MAX_PASSKEYS = 20;

/**
 * How a passkey proves somebody (RFC 8176 §2). A credential that may be copied to other devices is not bound to
 * hardware; one that may not says it is, which without attestation is its word. `user`, because an authenticator never
 * answers before somebody has touched it. Whether it also asked for a PIN, a finger or a face, it does not say: that it
 * verified them makes two factors in one, for which the policy adds `mfa`.
 */
export function passkeyAmr({ backupEligible }: Pick<Passkey, 'backupEligible'>): readonly string[] {
  return [backupEligible ? 'swk' : 'hwk', 'user'];
}
