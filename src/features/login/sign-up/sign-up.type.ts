import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';

/** Bounds the work of normalising before the policy looks (the policy's own limit is 256 code points). */
const MAX_TEXT = 2_000;

@InputType({ description: 'A person who wants an account.' })
export class SignUpInput {
  @Field(() => String, { description: 'The e-mail address.' })
  @MaxLength(MAX_TEXT)
  email!: string;

  @Field(() => String, { description: 'The password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TEXT)
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'How the person wants to be shown; up to 200 characters.',
  })
  @MaxLength(200)
  displayName?: string | null;
}

@ObjectType({ description: 'The sign-up was taken in; the mailbox of the address knows more.' })
export class SignUpPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not the address had an account.' })
  accepted!: boolean;
}
