import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { TokenTransport } from '../../../sessions/session.type.js';

/** What somebody types may be so long. Bounds the work of normalising; the policy's own limit is 256 code points. */
export const MAX_TYPED = 2_000;

@InputType({ description: 'Who somebody says they are, and the password that proves it.' })
export class LoginInput {
  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address. Give either this or the username.',
  })
  @MaxLength(MAX_TYPED)
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The username. Give either this or the e-mail address.',
  })
  @MaxLength(MAX_TYPED)
  username?: string | null;

  @Field(() => String, { description: 'The password.' })
  @MaxLength(MAX_TYPED)
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the access token; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.TOKEN,
    description: 'Where the tokens go: into the answer, or into cookies.',
  })
  transport!: TokenTransport;
}
