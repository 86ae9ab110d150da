import type { FactorKind } from '../mfa/factor.js';

/** A way to prove again who one is; `kinds` are those of the second factors that would do. */
export type StepUpMethod =
  | { readonly method: 'password' | 'passkey' }
  | { readonly method: 'second_factor'; readonly kinds: readonly FactorKind[] };

/** What the ways depend on. */
export interface StepUpFacts {
  readonly hasPassword: boolean;
  /** Whether whoever reads the mailbox set it: then it proves no more than the mailbox does. */
  readonly passwordSetByMail: boolean;
  /** The kinds of factors that the account has and the operator takes, recovery codes included. */
  readonly kinds: readonly FactorKind[];
  /** Whether the account has a second factor that the session has not proved. */
  readonly lacksSecondFactor: boolean;
  /** What the session has proved (RFC 8176). */
  readonly amr: readonly string[];
}

/** The ways that would do; none where the person has to sign in anew. */
export function stepUpMethodsOf(facts: StepUpFacts): readonly StepUpMethod[] {
  const kinds = kindsFor(facts);
  const others = kinds.filter((kind) => kind !== 'passkey');
  const methods: StepUpMethod[] = [];
  // Where the account has a second factor, the password alone is no proof of its owner.
  if (facts.hasPassword && !facts.lacksSecondFactor) methods.push({ method: 'password' });
  if (kinds.includes('passkey')) methods.push({ method: 'passkey' });
  if (others.length > 0) methods.push({ method: 'second_factor', kinds: others });
  return methods;
}

/** The kinds of factors that would do. */
export function kindsFor({
  kinds,
  lacksSecondFactor,
  amr,
  passwordSetByMail,
}: StepUpFacts): readonly FactorKind[] {
  const mailed = (proof: string) => proof === 'otp' || (passwordSetByMail && proof === 'pwd');
  // A link or code by mail, or a password set by one, is all that such a session rests on: another out of the same mailbox is no second factor.
  const restsOnMailbox = lacksSecondFactor && amr.every(mailed);
  return kinds.filter((kind) => kind !== 'email_code' || !restsOnMailbox);
}
