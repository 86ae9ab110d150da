import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

/** Bounds the work of normalising before the policy looks (the policy's own limit is 256 code points). */
const MAX_TEXT = 2_000;

@InputType({ description: 'E-mail address and password.' })
export class LoginInput {
  @Field(() => String, { description: 'The e-mail address.' })
  @MaxLength(MAX_TEXT)
  email!: string;

  @Field(() => String, { description: 'The password.' })
  @MaxLength(MAX_TEXT)
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the access token; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;
}
