import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject, Uuid } from '../../graphql/scalars.js';
import type { FactorChallenge } from '../mfa/factor.js';
import { FactorChallengeFields, FactorKind } from '../mfa/mfa.type.js';
import type { Reauthentication } from './reauthentication.service.js';
import type { StepUpAnswer } from './step-up-proof.service.js';
import type { StepUpMethod } from './step-up.policy.js';

/** Longer ones are refused before they are hashed. */
const MAX_TYPED = 1000;

export const StepUpMethodName = {
  PASSWORD: 'password',
  PASSKEY: 'passkey',
  SECOND_FACTOR: 'second_factor',
} as const;
registerEnumType(StepUpMethodName, {
  name: 'StepUpMethodName',
  description: 'The ways to prove again who one is.',
  valuesConfig: {
    PASSWORD: { description: 'The password of the account.' },
    PASSKEY: { description: 'One of its passkeys: send `kind: PASSKEY` with the credential.' },
    SECOND_FACTOR: { description: 'Another second factor: send its kind and the code.' },
  },
});

@ObjectType('StepUpMethod', { description: 'A way that would do for this caller.' })
export class StepUpMethodType {
  @Field(() => StepUpMethodName, { description: 'Which way.' })
  method!: StepUpMethod['method'];

  @Field(() => [FactorKind], {
    description: 'For `SECOND_FACTOR`, the kinds that would do; otherwise empty.',
  })
  kinds!: FactorKind[];

  static of(way: StepUpMethod): StepUpMethodType {
    const kinds = way.method === 'second_factor' ? [...way.kinds] : [];
    return Object.assign(new StepUpMethodType(), { method: way.method, kinds });
  }
}

@InputType({ description: 'The password, or the kind of a second factor and what answers it.' })
export class ReauthenticateInput implements StepUpAnswer {
  @Field(() => String, { nullable: true, description: 'The password; instead of a factor.' })
  @MaxLength(MAX_TYPED)
  password?: string | null;

  @Field(() => FactorKind, {
    nullable: true,
    description: 'The kind of the factor; instead of the password.',
  })
  kind?: FactorKind | null;

  @Field(() => String, { nullable: true, description: 'The code, for kinds that have one.' })
  @MaxLength(200)
  code?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The `challengeId` of `challengeReauthentication`.' })
  challengeId?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'For a passkey, what `navigator.credentials.get` gave, as JSON.',
  })
  credential?: Readonly<Record<string, unknown>> | null;
}

@ObjectType({ description: 'How sure the session is of its user from now on.' })
export class ReauthenticatePayload implements Reauthentication {
  @Field(() => DateTime, { description: 'When that was proved: now.' })
  authTime!: Date;

  @Field(() => String, { description: '`aal1` or `aal2` (NIST SP 800-63B).' })
  acr!: string;

  @Field(() => [String], { description: 'All that was proved in this session, by the names of RFC 8176.' })
  amr!: string[];

  static of({ authTime, acr, amr }: Reauthentication): ReauthenticatePayload {
    return Object.assign(new ReauthenticatePayload(), { authTime, acr, amr: [...amr] });
  }
}

@InputType({ description: 'With which factor to prove who one is, and what for.' })
export class ChallengeReauthenticationInput {
  @Field(() => FactorKind, { description: 'One of the kinds that would do.' })
  kind!: FactorKind;

  @Field(() => Uuid, {
    nullable: true,
    description: 'The request whose action is to be confirmed; without it, for `reauthenticate`.',
  })
  requestId?: string | null;
}

@ObjectType({ description: 'What the client needs for its answer.' })
export class ChallengeReauthenticationPayload extends FactorChallengeFields {
  static of(challenge: FactorChallenge): ChallengeReauthenticationPayload {
    return Object.assign(new ChallengeReauthenticationPayload(), FactorChallengeFields.read(challenge));
  }
}
