import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../../graphql/scalars.js';
import { TokenTransport } from '../../../sessions/session.type.js';

/** Bounds the work of normalising an address before it is judged. */
const MAX_TEXT = 2_000;

@InputType({ description: 'Who wants to sign in by mail.' })
export class RequestLoginLinkInput {
  @Field(() => String, { description: 'The e-mail address of the account.' })
  @MaxLength(MAX_TEXT)
  email!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the access token to come; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;
}

@ObjectType({ description: 'The request was taken in; the mailbox of the address knows more.' })
export class RequestLoginLinkPayload {
  @Field(() => Uuid, {
    description: 'With it, the six digits of the mail sign in. Keep it where only whoever asked can read it.',
  })
  challengeId!: string;

  @Field(() => DateTime, { description: 'Until when link and code work: ten minutes.' })
  expiresAt!: Date;
}

@InputType({
  description: 'What a mail said: either the token of its link, or its six digits with the challengeId.',
})
export class LoginWithLinkInput {
  @Field(() => String, {
    nullable: true,
    description:
      'What follows `#token=` in the link of the mail. It works only with the device cookie of the browser that asked.',
  })
  @MaxLength(200)
  token?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The id that asking for the mail gave.' })
  challengeId?: string | null;

  @Field(() => String, { nullable: true, description: 'The six digits of the mail; five tries.' })
  @MaxLength(20)
  code?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the access token; by default the one that the mail was asked for.',
  })
  @MaxLength(200)
  audience?: string | null;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.TOKEN,
    description: 'Where the tokens go: into the answer, or into cookies.',
  })
  transport!: TokenTransport;
}
