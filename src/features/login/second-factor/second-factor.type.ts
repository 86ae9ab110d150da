import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, JSONObject, Uuid } from '../../../graphql/scalars.js';
import type { EnrolledFactor, FactorChallenge } from '../../mfa/factor.js';
import { FactorChallengeFields, FactorKind } from '../../mfa/mfa.type.js';
import { TokenTransport } from '../../sessions/session.type.js';
import type { LoginOutcome } from '../login.service.js';

const ATTEMPT_TOKEN =
  'Opaque; good for ten minutes, ten answers and one session, on the device that began the sign-in, which its ' +
  'device cookie tells, and for nothing else.';

@ObjectType({ description: 'One of the second factors that would complete the sign-in.' })
export class OfferedFactor implements Pick<EnrolledFactor, 'kind' | 'name' | 'hint'> {
  @Field(() => FactorKind, { description: 'What kind it is.' })
  kind!: FactorKind;

  @Field(() => String, {
    nullable: true,
    description: 'What its owner calls it; null for kinds of which there is one.',
  })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'What helps its owner to find it: a masked address.' })
  hint!: string | null;
}

@ObjectType({
  description:
    'The first step was right; now one of these second factors must be proved with `verifySecondFactor`. Nobody is ' +
    'signed in yet.',
})
export class SecondFactorRequired {
  @Field(() => String, { description: `The sign-in as it stands. ${ATTEMPT_TOKEN}` })
  attemptToken!: string;

  @Field(() => DateTime, { description: 'When it is over.' })
  expiresAt!: Date;

  @Field(() => [OfferedFactor], { description: 'Any one of these will do.' })
  factors!: OfferedFactor[];

  static of({
    attempt,
    factors,
  }: Extract<LoginOutcome, { kind: 'second_factor_required' }>): SecondFactorRequired {
    const { token: attemptToken, expiresAt } = attempt;
    // The owner's own words tell apart what they have several of; before that, nobody need read them.
    const isOneOfMany = (kind: string) => factors.filter((each) => each.kind === kind).length > 1;
    const offered = factors.map(({ kind, name, hint }) => ({
      kind,
      name: isOneOfMany(kind) ? name : null,
      hint,
    }));
    return Object.assign(new SecondFactorRequired(), { attemptToken, expiresAt, factors: offered });
  }
}

@ObjectType({
  description:
    'The first step was right, but the account must have a second factor and has none. Enrol and confirm one with ' +
    'this `attemptToken`, then call `completeLogin`. Nobody is signed in yet.',
})
export class SecondFactorEnrolmentRequired {
  @Field(() => String, { description: `The sign-in as it stands. ${ATTEMPT_TOKEN}` })
  attemptToken!: string;

  @Field(() => DateTime, { description: 'When it is over.' })
  expiresAt!: Date;

  @Field(() => [FactorKind], { description: 'The kinds that will do.' })
  kinds!: FactorKind[];

  static of({
    attempt,
    kinds,
  }: Extract<LoginOutcome, { kind: 'enrolment_required' }>): SecondFactorEnrolmentRequired {
    const { token: attemptToken, expiresAt } = attempt;
    return Object.assign(new SecondFactorEnrolmentRequired(), { attemptToken, expiresAt, kinds });
  }
}

@InputType({ description: 'With which factor a sign-in is to go on.' })
export class ChallengeSecondFactorInput {
  @Field(() => String, { description: 'The `attemptToken` of the sign-in.' })
  @MaxLength(200)
  attemptToken!: string;

  @Field(() => FactorKind, { description: 'One of the kinds offered.' })
  kind!: FactorKind;
}

@ObjectType({ description: 'What the client needs for its answer.' })
export class ChallengeSecondFactorPayload extends FactorChallengeFields {
  static of(challenge: FactorChallenge): ChallengeSecondFactorPayload {
    return Object.assign(new ChallengeSecondFactorPayload(), FactorChallengeFields.read(challenge));
  }
}

@InputType({ description: 'How a sign-in ends, once all is proved.' })
export class CompleteLoginInput {
  @Field(() => String, { description: 'The `attemptToken` of the sign-in.' })
  @MaxLength(200)
  attemptToken!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether to spare this browser the second step for the time of AUTH_MFA_TRUSTED_DEVICE_TTL. Its owner gets a ' +
      'mail. Without effect for accounts that hold permissions, and where no cookie can be kept.',
  })
  trustDevice!: boolean;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.TOKEN,
    description: 'Where the tokens go: into the answer, or into cookies.',
  })
  transport!: TokenTransport;
}

@InputType({ description: 'The second step of a sign-in: a factor, and what proves it.' })
export class VerifySecondFactorInput extends CompleteLoginInput {
  @Field(() => FactorKind, { description: 'One of the kinds offered.' })
  kind!: FactorKind;

  @Field(() => String, {
    nullable: true,
    description: 'The code, for kinds that have one.',
  })
  @MaxLength(200)
  code?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The `challengeId` that `challengeSecondFactor` gave.' })
  challengeId?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'For a passkey, what the browser answered with, as JSON.',
  })
  credential?: Readonly<Record<string, unknown>> | null;
}
