import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { JSONObject, Uuid } from '../../../../graphql/scalars.js';
import { SecondFactorType } from '../../mfa.type.js';

@InputType({ description: 'A passkey to be made.' })
export class EnrolPasskeyInput {
  @Field(() => String, { description: 'What its owner calls it: 1 to 100 visible characters.' })
  @MaxLength(1_000)
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The token of a sign-in that waits for an enrolment; null for somebody who is signed in.',
  })
  @MaxLength(200)
  attemptToken?: string | null;
}

@ObjectType({ description: 'What a browser needs to make a passkey, within 5 minutes.' })
export class EnrolPasskeyPayload {
  @Field(() => JSONObject, {
    description:
      'For `PublicKeyCredential.parseCreationOptionsFromJSON`, whose result `navigator.credentials.create` takes as ' +
      '`publicKey` (WebAuthn §5.1.8).',
  })
  publicKey!: Readonly<Record<string, unknown>>;
}

@InputType({ description: 'A passkey that a browser has made.' })
export class ConfirmPasskeyInput {
  @Field(() => JSONObject, {
    description: 'What `toJSON()` of the credential gives (`RegistrationResponseJSON`).',
  })
  credential!: Readonly<Record<string, unknown>>;

  @Field(() => String, { nullable: true, description: 'The same that `enrolPasskey` was given.' })
  @MaxLength(200)
  attemptToken?: string | null;
}

@InputType({ description: 'Another name for a passkey.' })
export class RenamePasskeyInput {
  @Field(() => Uuid, { description: 'The id of the passkey.' })
  factorId!: string;

  @Field(() => String, { description: 'What its owner calls it: 1 to 100 visible characters.' })
  @MaxLength(1_000)
  name!: string;
}

@ObjectType({ description: 'The passkey has its new name.' })
export class RenamePasskeyPayload {
  @Field(() => SecondFactorType, { description: 'The passkey.' })
  factor!: SecondFactorType;
}
