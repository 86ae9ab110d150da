import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../../graphql/scalars.js';

@InputType({ description: 'Whose account takes codes by mail.' })
export class EnrolEmailCodeInput {
  @Field(() => String, {
    nullable: true,
    description: 'Of a sign-in that waits for an enrolment; without it, whoever is signed in enrols.',
  })
  @MaxLength(200)
  attemptToken?: string | null;
}

@ObjectType({ description: 'A code was mailed.' })
export class EnrolEmailCodePayload {
  @Field(() => Uuid, { description: 'With it, `confirmEmailCode` takes the code.' })
  challengeId!: string;

  @Field(() => String, { description: 'Where it was mailed to, masked.' })
  hint!: string;

  @Field(() => DateTime, { description: 'When it expires: after ten minutes.' })
  expiresAt!: Date;
}

@InputType({ description: 'The first code by mail.' })
export class ConfirmEmailCodeInput {
  @Field(() => Uuid, { description: 'The id that `enrolEmailCode` gave.' })
  challengeId!: string;

  @Field(() => String, { description: 'The six digits of the mail; five tries.' })
  @MaxLength(20)
  code!: string;

  @Field(() => String, { nullable: true, description: 'The one that `enrolEmailCode` was given, if it was.' })
  @MaxLength(200)
  attemptToken?: string | null;
}
