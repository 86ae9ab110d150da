import type { Caller } from '../../kernel/caller.js';
import type { Lineage } from '../../kernel/lineage.js';
import type { Unit } from '../../platform/database/unit.js';
import type { FirstProofRests } from '../mfa/attempts/login-attempt.service.js';
import type { User } from '../users/user.entity.js';

/** Who somebody says they are, before anything is proved. */
export interface Claim {
  /** What the lockout counts failures under: one account for all names of a user, and one for each unknown name. */
  readonly account: string;
  /** The name as it was given, normalised: what the audit trail says of a failure. */
  readonly name: string;
  /** Whose name it is, whatever became of them; null when it is nobody's. */
  readonly user: User | null;
}

/** What a login method has proved: which user, and how. It says nothing yet about whether that is enough. */
export interface Proof {
  readonly user: User;
  /** How it was proved (RFC 8176): `pwd`, `otp`, `hwk` … */
  readonly amr: readonly string[];
  /** What it rests on: a second factor must rest on something else. */
  readonly rests: FirstProofRests;
  /** Whether it is two factors in one. */
  readonly multiFactor: boolean;
  /** The credential that was proved, as `<kind>:<id>`, and where it comes from; absent for what no account keeps. */
  readonly credential?: { readonly name: string; readonly lineage: Lineage };
  /** Whether what was proved still counts, asked within the unit that opens the session. */
  stillHolds(unit: Unit): Promise<boolean>;
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
  /** Whom the input claims to be; the same work for known and unknown names. */
  identify(input: Input): Promise<Claim>;
  /** The proof, or null when it fails; the same work for known and unknown names. */
  prove(claim: Claim, input: Input, caller: Caller): Promise<Proof | null>;
}

/** The claim behind a name: the lockout knows a user by the id, so that address and username share one counter. */
export function claimOf(name: string, user: User | null): Claim {
  return { account: user ? accountOf(user.id) : name, name, user };
}

/** What the lockout calls a user. */
export function accountOf(userId: string): string {
  return `user:${userId}`;
}
