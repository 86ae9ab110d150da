import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { EmailAddress, Uuid } from '../../graphql/scalars.js';

/** Bounds the work of normalising an address before it is judged. */
const MAX_TEXT = 2_000;

@InputType({ description: 'Which address the account is to have.' })
export class ChangeEmailInput {
  @Field(() => String, { description: 'The new e-mail address.' })
  @MaxLength(MAX_TEXT)
  newEmail!: string;
}

@ObjectType({ description: 'The wish was taken in; nothing changes until the new address has confirmed it.' })
export class ChangeEmailPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not another account has the address.' })
  accepted!: boolean;

  @Field(() => Uuid, { description: 'With it, the six digits of the mail confirm the address.' })
  challengeId!: string;
}

@InputType({
  description:
    'What the mail to the new address said: either the token of its link, or its six digits with the challengeId.',
})
export class ConfirmEmailChangeInput {
  @Field(() => String, {
    nullable: true,
    description: 'What follows `#token=` in the link of the mail. It works wherever the link is opened.',
  })
  @MaxLength(200)
  token?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The id that `changeEmail` gave.' })
  challengeId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The six digits of the mail; five tries, and only for the user who asked.',
  })
  @MaxLength(20)
  code?: string | null;
}

@ObjectType({ description: 'The account has the new address.' })
export class ConfirmEmailChangePayload {
  @Field(() => EmailAddress, { description: 'The address that the account has now; it counts as proved.' })
  email!: string;
}

@InputType({ description: 'What the mail to the former address said.' })
export class UndoEmailChangeInput {
  @Field(() => String, { description: 'What follows `#token=` in the link of the mail.' })
  @MaxLength(200)
  token!: string;
}

@ObjectType({ description: 'The account has its former address again.' })
export class UndoEmailChangePayload {
  @Field(() => EmailAddress, { description: 'The address that the account has now; it counts as proved.' })
  email!: string;
}
