import { defineErrors } from '../../../kernel/errors.js';
import type { FactorKind } from '../../mfa/factor.js';
import type { LoginDemands } from '../login.policy.js';

export const loginDemandsErrors = defineErrors({
  LOGIN_POLICY_UNAVAILABLE: {
    status: 503,
    message: 'Whether this sign-in is let in cannot be told now; try again.',
  },
});

/** A sign-in whose first step was right, as the operator's own policy sees it: no secrets, and nothing to change. */
export interface PolicyAttempt {
  readonly userId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
  /** The login method of the first step, such as `password`. */
  readonly method: string;
  /** What the first step has proved (RFC 8176). */
  readonly amr: readonly string[];
  /** The kinds of second factors that the account has. */
  readonly factorKinds: readonly string[];
  /** The kind that the second step has proved, or null in the first. */
  readonly secondFactor: FactorKind | null;
  readonly device: {
    /** Whether somebody has signed in to the account from this browser within 90 days. */
    readonly known: boolean;
    /** Whether the account is not asked for a second factor on it. */
    readonly trusted: boolean;
  };
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/**
 * The default export of the module that AUTH_LOGIN_POLICY_MODULE names. It is asked at every step of every sign-in, has
 * two seconds, and can only ask for more: what it says nothing about is decided as without it.
 */
export type LoginPolicy = (attempt: PolicyAttempt) => LoginDemands | Promise<LoginDemands>;
