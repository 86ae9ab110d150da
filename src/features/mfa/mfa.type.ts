import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject, Uuid } from '../../graphql/scalars.js';
import type { EnrolledFactor, FactorChallenge } from './factor.js';

/** The kinds of second factors, as the schema names them. */
export const FactorKind = {
  TOTP: 'totp',
  PASSKEY: 'passkey',
  EMAIL_CODE: 'email_code',
  RECOVERY_CODE: 'recovery_code',
} as const;
export type FactorKind = (typeof FactorKind)[keyof typeof FactorKind];
registerEnumType(FactorKind, {
  name: 'FactorKind',
  description: 'The kinds of second factors.',
  valuesConfig: {
    TOTP: { description: 'A code of six digits from an authenticator app (RFC 6238).' },
    PASSKEY: { description: 'A passkey or security key (WebAuthn).' },
    EMAIL_CODE: { description: 'A code of six digits that is mailed to the proved address.' },
    RECOVERY_CODE: { description: 'A code on paper that stands in for the others when they are lost.' },
  },
});

@ObjectType('SecondFactor', { description: 'A second factor of an account.' })
export class SecondFactorType
  implements
    Pick<EnrolledFactor, 'id' | 'kind' | 'name' | 'hint' | 'createdAt' | 'lastUsedAt' | 'createdBySessionId'>
{
  @Field(() => Uuid, { description: 'The id.' })
  id!: string;

  @Field(() => FactorKind, { description: 'What it is.' })
  kind!: FactorKind;

  @Field(() => String, {
    nullable: true,
    description: 'What its owner calls it; null for kinds of which there is one.',
  })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'What helps to tell it: a masked address.' })
  hint!: string | null;

  @Field(() => DateTime, { description: 'Since when the account has it.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used.' })
  lastUsedAt!: Date | null;

  @Field(() => Uuid, { nullable: true, description: 'The session through which it was added.' })
  createdBySessionId!: string | null;
}

@ObjectType({ description: 'The account has another second factor.' })
export class EnrolledFactorPayload {
  @Field(() => SecondFactorType, { description: 'The factor.' })
  factor!: SecondFactorType;

  @Field(() => [String], {
    nullable: true,
    description:
      'Ten recovery codes, shown here and never again, when it is the first factor of the account; otherwise null.',
  })
  recoveryCodes!: readonly string[] | null;
}

/** What a client needs to answer for a factor, wherever it is asked for one. */
@ObjectType()
export abstract class FactorChallengeFields implements Omit<FactorChallenge, 'kind'> {
  @Field(() => String, {
    nullable: true,
    description: 'Where a code was sent, masked; null where none was sent.',
  })
  hint!: string | null;

  @Field(() => Uuid, { nullable: true, description: 'What the code is good together with, if it needs it.' })
  challengeId!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'For a passkey, what `navigator.credentials.get` takes as `publicKey`, as JSON.',
  })
  publicKey!: Readonly<Record<string, unknown>> | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when an answer is taken, if it is limited.' })
  expiresAt!: Date | null;

  /** The fields of a challenge. */
  static read({ hint, challengeId, publicKey, expiresAt }: FactorChallenge): FactorChallengeFields {
    return { hint, challengeId, publicKey, expiresAt };
  }
}
