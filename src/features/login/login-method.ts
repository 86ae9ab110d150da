import type { Caller } from '../../kernel/caller.js';
import type { User } from '../users/user.entity.js';

/** What a login method has proved: which user, and how. It says nothing yet about whether that is enough. */
export interface Proof {
  readonly user: User;
  /** How it was proved (RFC 8176): `pwd`, `otp`, `hwk` … */
  readonly amr: readonly string[];
  /** Work that is due after a successful sign-in, such as rehashing a password. */
  readonly afterwards?: () => Promise<void>;
}

/**
 * A way to prove who one is. A method only proves: it never opens a session, counts failures or emits
 * events; `LoginService` does, the same way for every method.
 */
export interface LoginMethod<Input> {
  /** Written to the session and the audit trail. */
  readonly name: string;
  /** Whom the input claims to be, normalised: failures are counted under it, known or not. */
  accountOf(input: Input): string;
  /** The proof, or null when it fails; the same work for known and unknown accounts. */
  prove(input: Input, caller: Caller): Promise<Proof | null>;
}
