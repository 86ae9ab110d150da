import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { Uuid } from '../../../../graphql/scalars.js';

@InputType({ description: 'A new authenticator app.' })
export class EnrolTotpInput {
  @Field(() => String, { description: 'What its owner calls it: 1 to 100 visible characters.' })
  @MaxLength(1_000)
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of a sign-in that waits for an enrolment; without it, whoever is signed in enrols.',
  })
  @MaxLength(200)
  attemptToken?: string | null;
}

@ObjectType({ description: 'A secret that waits for its first code. It is shown here and never again.' })
export class EnrolTotpPayload {
  @Field(() => Uuid, { description: 'With it, `confirmTotp` takes the first code, within an hour.' })
  factorId!: string;

  @Field(() => String, { description: 'The secret in base32, for who types it into the app.' })
  secret!: string;

  @Field(() => String, {
    description: 'The same as an `otpauth:` URI, with six digits and steps of 30 seconds.',
  })
  uri!: string;

  @Field(() => String, {
    description: 'The URI as a QR code: an SVG in a `data:` URI, for the `src` of an image.',
  })
  qrSvg!: string;
}

@InputType({ description: 'The first code of an authenticator app.' })
export class ConfirmTotpInput {
  @Field(() => Uuid, { description: 'The id that `enrolTotp` gave.' })
  factorId!: string;

  @Field(() => String, { description: 'The six digits that the app shows now.' })
  @MaxLength(20)
  code!: string;

  @Field(() => String, { nullable: true, description: 'The one that `enrolTotp` was given, if it was.' })
  @MaxLength(200)
  attemptToken?: string | null;
}
