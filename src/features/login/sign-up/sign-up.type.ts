import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { Uuid } from '../../../graphql/scalars.js';
import { MAX_TYPED } from '../methods/password/password.type.js';

@InputType({ description: 'A person who wants an account.' })
export class SignUpInput {
  @Field(() => String, { description: 'The e-mail address.' })
  @MaxLength(MAX_TYPED)
  email!: string;

  @Field(() => String, { description: 'The password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TYPED)
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'A unique handle to sign in with: 3 to 32 characters, a letter first, then letters, digits, `.`, `_` or `-`.',
  })
  @MaxLength(200)
  username?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How the person wants to be shown; up to 200 visible characters.',
  })
  @MaxLength(1_000)
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The language of mails, as a tag of BCP 47 such as `de-AT`.',
  })
  @MaxLength(100)
  locale?: string | null;
}

@ObjectType({ description: 'The sign-up was taken in; the mailbox of the address knows more.' })
export class SignUpPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not the address had an account.' })
  accepted!: boolean;

  @Field(() => Uuid, {
    description:
      'What `verifyEmail` needs together with the code of the mail. There is one whether or not there is a mail with a code.',
  })
  challengeId!: string;
}
