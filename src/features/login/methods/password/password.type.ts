import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { TokenTransport } from '../../../sessions/session.type.js';

/** Bounds the work of normalising before the policy looks (the policy's own limit is 256 code points). */
const MAX_TEXT = 2_000;

@InputType({ description: 'Who somebody says they are, and the password that proves it.' })
export class LoginInput {
  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address. Give either this or the username.',
  })
  @MaxLength(MAX_TEXT)
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The username. Give either this or the e-mail address.',
  })
  @MaxLength(MAX_TEXT)
  username?: string | null;

  @Field(() => String, { description: 'The password.' })
  @MaxLength(MAX_TEXT)
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
