import { createUnionType, Field, ObjectType } from 'type-graphql';
import { errors } from '../../kernel/errors.js';
import type { SessionCookies } from '../../graphql/context.js';
import { Uuid } from '../../graphql/scalars.js';
import { Tokens, TokenTransport } from '../sessions/session.type.js';
import { UserType } from '../users/user.type.js';
import type { LoginOutcome, SignedIn } from './login.service.js';

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

  /** With a CSRF token, the tokens themselves have gone into cookies. */
  static of(signedIn: SignedIn, csrfToken: string | null): LoginSucceeded {
    const tokens = csrfToken === null ? signedIn : null;
    return Object.assign(new LoginSucceeded(), { tokens, csrfToken, user: UserType.ofOwner(signedIn.user) });
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
  types: () => [LoginSucceeded, EmailVerificationRequired] as const,
});

/** The member of an outcome. The tokens of a session go where the client wants them. */
export function loginResultOf(
  outcome: LoginOutcome,
  transport: TokenTransport,
  cookies: SessionCookies,
): typeof LoginResult {
  if (outcome.kind === 'email_verification_required') return EmailVerificationRequired.of(outcome);
  if (outcome.kind !== 'signed_in') throw errors.FORBIDDEN();
  const { signedIn } = outcome;
  cookies.keepDevice(signedIn.deviceId);
  return LoginSucceeded.of(signedIn, transport === TokenTransport.COOKIE ? cookies.set(signedIn) : null);
}
