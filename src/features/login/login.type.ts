import { createUnionType, Field, ObjectType } from 'type-graphql';
import type { SessionCookies } from '../../graphql/context.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';

import { Tokens, TokenTransport } from '../sessions/session.type.js';
import { UserType } from '../users/user.type.js';
import type { LoginOutcome, SignedIn } from './login.service.js';
import { SecondFactorEnrolmentRequired, SecondFactorRequired } from './second-factor/second-factor.type.js';

@ObjectType({ description: 'The caller is signed in.' })
export class LoginSucceeded {
  @Field(() => Tokens, {
    nullable: true,
    description: 'What the client keeps; null when it went into cookies.',
  })
  tokens!: Tokens | null;

  @Field(() => String, {
    nullable: true,
    description: 'With cookies, what to send as `X-CSRF-Token`; otherwise null.',
  })
  csrfToken!: string | null;

  @Field(() => UserType, { description: 'Who signed in.' })
  user!: UserType;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Until when the account must have a second factor: afterwards it is asked to enrol one before it is signed ' +
      'in. Null when it has one, or need not.',
  })
  secondFactorDeadline!: Date | null;

  /** With a CSRF token, the tokens themselves have gone into cookies. */
  static of(signedIn: SignedIn, csrfToken: string | null): LoginSucceeded {
    const tokens = csrfToken === null ? signedIn : null;
    const user = UserType.ofOwner(signedIn.user);
    const { secondFactorDeadline } = signedIn;
    return Object.assign(new LoginSucceeded(), { tokens, csrfToken, user, secondFactorDeadline });
  }
}

@ObjectType({
  description:
    'The password was right, but the e-mail address is not proved yet. A mail with a link and a code is on its ' +
    'way; sign in again once `verifyEmail` has accepted one of them.',
})
export class EmailVerificationRequired {
  @Field(() => Uuid, {
    nullable: true,
    description: 'What the code is good together with; null when no more mails may be sent for now.',
  })
  challengeId!: string | null;

  static of({ challengeId }: { challengeId: string | null }): EmailVerificationRequired {
    return Object.assign(new EmailVerificationRequired(), { challengeId });
  }
}

/** Each member is one thing that can come next; a refusal is an error instead. */
export const LoginResult = createUnionType({
  name: 'LoginResult',
  description:
    'What comes next. Select by `__typename`: members are added as the policy learns to ask for more.',
  types: () =>
    [LoginSucceeded, EmailVerificationRequired, SecondFactorRequired, SecondFactorEnrolmentRequired] as const,
});

/** The member of an outcome. The tokens of a session go where the client wants them. */
export function loginResultOf(
  outcome: LoginOutcome,
  transport: TokenTransport,
  cookies: SessionCookies,
): typeof LoginResult {
  if (outcome.kind === 'email_verification_required') return EmailVerificationRequired.of(outcome);
  if (outcome.kind === 'signed_in') {
    const { signedIn } = outcome;
    cookies.keepDevice(signedIn.deviceId);
    return LoginSucceeded.of(signedIn, transport === TokenTransport.COOKIE ? cookies.set(signedIn) : null);
  }
  const { deviceId } = outcome.attempt;
  // What the attempt is bound to. It recognises nobody: only a completed sign-in makes a device known.
  if (deviceId !== null) cookies.keepDevice(deviceId);
  return outcome.kind === 'enrolment_required'
    ? SecondFactorEnrolmentRequired.of(outcome)
    : SecondFactorRequired.of(outcome);
}
