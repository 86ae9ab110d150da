import { createUnionType, Field, ObjectType } from 'type-graphql';
import { Tokens } from '../sessions/session.type.js';
import { UserType } from '../users/user.type.js';
import type { SignedIn } from './login.service.js';

@ObjectType({ description: 'The caller is signed in.' })
export class LoginSucceeded {
  @Field(() => Tokens, { description: 'What the client keeps.' })
  tokens!: Tokens;

  @Field(() => UserType, { description: 'Who signed in.' })
  user!: UserType;

  static of(signedIn: SignedIn): LoginSucceeded {
    return Object.assign(new LoginSucceeded(), { tokens: signedIn, user: UserType.of(signedIn.user) });
  }
}

/** Each member is one thing that can come next; a refusal is an error instead. */
export const LoginResult = createUnionType({
  name: 'LoginResult',
  description:
    'What comes next. Select by `__typename`: members are added as the policy learns to ask for more.',
  types: () => [LoginSucceeded] as const,
});
