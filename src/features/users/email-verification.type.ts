import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';

/** Bounds the work of normalising an address before it is judged. */
const MAX_TEXT = 2_000;

@InputType({ description: 'Which address waits for its proof.' })
export class RequestEmailVerificationInput {
  @Field(() => String, { description: 'The e-mail address.' })
  @MaxLength(MAX_TEXT)
  email!: string;
}

@ObjectType({ description: 'The request was taken in; the mailbox of the address knows more.' })
export class RequestEmailVerificationPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not a mail was sent.' })
  accepted!: boolean;

  @Field(() => Uuid, { description: 'With it, the six digits of the mail prove the address.' })
  challengeId!: string;
}

@InputType({
  description: 'What a mail said: either the token of its link, or its six digits with the challengeId.',
})
export class VerifyEmailInput {
  @Field(() => String, {
    nullable: true,
    description: 'What follows `#token=` in the link of the mail. It works wherever the link is opened.',
  })
  @MaxLength(200)
  token?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The id that asking for the mail gave.' })
  challengeId?: string | null;

  @Field(() => String, { nullable: true, description: 'The six digits of the mail; five tries.' })
  @MaxLength(20)
  code?: string | null;
}

@ObjectType({ description: 'The address is proved.' })
export class VerifyEmailPayload {
  @Field(() => Boolean, { description: 'Always true.' })
  verified!: boolean;
}
