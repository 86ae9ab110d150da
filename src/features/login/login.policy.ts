import type { FirstProofRests } from '../mfa/attempts/login-attempt.service.js';
import {
  type FactorKind,
  type FactorSettings,
  isTaken,
  liftsLevel,
  type ProvedFactor,
} from '../mfa/factor.js';
import type { User } from '../users/user.entity.js';

/** What the first step of an attempt has proved. */
export interface FirstProof {
  readonly method: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly rests: FirstProofRests;
  /** Whether it is two factors in one: a passkey that verified its owner (NIST SP 800-63B §3.1.6). */
  readonly multiFactor: boolean;
  /** For a sign-in through somebody else: who that is, and what they say they asked for. */
  readonly provider?: { readonly name: string; readonly acr: string | null; readonly amr: readonly string[] };
}

/** What the operator's own module asks for; it can only ask for more. */
export interface LoginDemands {
  /** No session, whatever was proved. */
  readonly refuse?: boolean;
  /** A second factor, whatever the settings say, and from trusted devices too. */
  readonly secondFactor?: boolean;
  /** The only kinds of factors that count; without `recovery_code` among them, no code on paper stands in. */
  readonly kinds?: readonly FactorKind[];
  readonly verifiedEmail?: boolean;
}

/** All that is known of an attempt. */
export interface LoginFacts {
  readonly user: Pick<
    User,
    'status' | 'emailVerifiedAt' | 'factorKinds' | 'secondFactorRequired' | 'secondFactorDeadline'
  >;
  readonly roles: readonly string[];
  /** Whether the user may do more than manage their own account. */
  readonly privileged: boolean;
  readonly first: FirstProof;
  readonly second: Pick<ProvedFactor, 'kind' | 'amr'> | null;
  /** Whether there are recovery codes left. */
  readonly hasRecoveryCodes: boolean;
  /** Whether the user trusted the device, and that has not expired. */
  readonly trustedDevice: boolean;
  readonly demands: LoginDemands;
  readonly now: Date;
}

export interface LoginRules extends FactorSettings {
  /** Whether nobody is signed in before they have proved their address. */
  readonly requireVerifiedEmail: boolean;
  readonly requiredForAllUsers: boolean;
  readonly requiredRoles: readonly string[];
  readonly enrolmentGraceSeconds: number;
  readonly trustedProviders: readonly string[];
}

/** What the policy says of an attempt: a session at some assurance, what must come before one, or none. */
export type LoginVerdict =
  | {
      readonly kind: 'session';
      readonly acr: 'aal1' | 'aal2';
      readonly amr: readonly string[];
      readonly secondFactor: boolean;
      /** Until when the account must have a second factor; null when it has one, or need not. */
      readonly deadline: Date | null;
    }
  | { readonly kind: 'email_verification_required' }
  | { readonly kind: 'second_factor_required'; readonly kinds: readonly FactorKind[] }
  | { readonly kind: 'enrolment_required'; readonly kinds: readonly FactorKind[] }
  /** All that is left to ask for rests on the mailbox that the first proof rests on. */
  | { readonly kind: 'second_factor_unavailable' }
  | { readonly kind: 'refused' };

/**
 * Decides, from what is known of the attempt alone, whether it has earned a session. The only rule that leads
 * to one, for every method; whatever must be asked of an attempt is asked here.
 */
export function judgeLogin(facts: LoginFacts, rules: LoginRules): LoginVerdict {
  const { user, demands } = facts;
  if (user.status !== 'active' || demands.refuse) return { kind: 'refused' };
  if ((rules.requireVerifiedEmail || demands.verifiedEmail) && user.emailVerifiedAt === null) {
    return { kind: 'email_verification_required' };
  }
  if (provesTwo(facts, rules)) return sessionOf(facts, { secondFactor: true, deadline: null });
  // A kind that the operator no longer takes is none: it must neither let anybody in nor lock anybody out.
  const has = user.factorKinds.some((kind) => isTaken(kind, rules));
  return has ? judgeEnrolled(facts, rules) : judgeUnenrolled(facts, rules);
}

/** The account has a second factor: it is asked for, whoever requires it. */
function judgeEnrolled(facts: LoginFacts, rules: LoginRules): LoginVerdict {
  const { trustedDevice, privileged, demands } = facts;
  if (trustedDevice && !privileged && !demands.secondFactor) {
    return sessionOf(facts, { secondFactor: false, deadline: null });
  }
  const enrolled = new Set<string>(facts.user.factorKinds);
  const kinds = countingKinds(facts, rules).filter((kind) => enrolled.has(kind));
  const offered: FactorKind[] =
    facts.hasRecoveryCodes && countsRecovery(demands) ? [...kinds, 'recovery_code'] : kinds;
  if (offered.length > 0) return { kind: 'second_factor_required', kinds: offered };
  // A mailbox that is all there is to the account does not open it twice; what the operator asks for is not told.
  const { first } = facts;
  return { kind: first.rests === 'mailbox' && !demands.kinds ? 'second_factor_unavailable' : 'refused' };
}

/** The account has none: whoever must have one enrols it, at once or by a deadline. */
function judgeUnenrolled(facts: LoginFacts, rules: LoginRules): LoginVerdict {
  const { user, roles, demands, now } = facts;
  const required =
    user.secondFactorRequired ||
    rules.requiredForAllUsers ||
    demands.secondFactor ||
    roles.some((role) => rules.requiredRoles.includes(role));
  if (!required) return sessionOf(facts, { secondFactor: false, deadline: null });
  const deadline = user.secondFactorDeadline ?? new Date(now.getTime() + rules.enrolmentGraceSeconds * 1000);
  if (deadline > now && !demands.secondFactor) return sessionOf(facts, { secondFactor: false, deadline });
  const kinds = countingKinds(facts, rules);
  return kinds.length > 0 ? { kind: 'enrolment_required', kinds } : { kind: 'refused' };
}

/** Whether two factors that do not rest on the same thing were proved. */
function provesTwo(facts: LoginFacts, rules: LoginRules): boolean {
  const { first, second, demands } = facts;
  if (second !== null) {
    if (second.kind === 'recovery_code') return countsRecovery(demands);
    const counting: readonly FactorKind[] = countingKinds(facts, rules);
    return counting.includes(second.kind);
  }
  if (demands.kinds) {
    return first.rests === 'possession' && first.multiFactor && demands.kinds.includes('passkey');
  }
  return first.multiFactor || vouchesForTwo(first, rules);
}

/** Whether a provider, whose word the operator takes, says that it asked for a second factor. */
function vouchesForTwo({ provider }: FirstProof, { trustedProviders }: LoginRules): boolean {
  if (!provider || !trustedProviders.includes(provider.name)) return false;
  return provider.amr.includes('mfa') || (provider.acr !== null && MULTI_FACTOR_ACRS.has(provider.acr));
}

function countsRecovery({ kinds }: LoginDemands): boolean {
  return kinds?.includes('recovery_code') ?? true;
}

/** The kinds that count beside the first proof: a code by mail does not, beside a link by mail; nor a passkey beside itself. */
function countingKinds({ first, demands }: LoginFacts, rules: LoginRules): FactorKind[] {
  return KINDS.filter((kind) => {
    if (!isTaken(kind, rules)) return false;
    if (kind === 'email_code' && first.rests === 'mailbox') return false;
    if (kind === 'passkey' && first.rests === 'possession') return false;
    return demands.kinds?.includes(kind) ?? true;
  });
}

function sessionOf(
  { first, second }: LoginFacts,
  { secondFactor, deadline }: { secondFactor: boolean; deadline: Date | null },
): LoginVerdict {
  const amr = [...new Set([...first.amr, ...(second?.amr ?? []), ...(secondFactor ? ['mfa'] : [])])];
  const lifted = secondFactor && liftsLevel(second?.kind ?? null, first.rests === 'mailbox');
  return { kind: 'session', acr: lifted ? 'aal2' : 'aal1', amr, secondFactor, deadline };
}

/** What providers call a sign-in by several factors: the REFEDS MFA profile, and Microsoft Entra. */
const MULTI_FACTOR_ACRS: ReadonlySet<string> = new Set([
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
]);

const KINDS = ['totp', 'passkey', 'email_code'] as const satisfies readonly FactorKind[];
