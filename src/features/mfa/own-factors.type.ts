import { Field, InputType, ObjectType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';

@InputType({ description: 'Which second factor to take away.' })
export class RemoveSecondFactorInput {
  @Field(() => Uuid, { description: 'Its id.' })
  factorId!: string;
}

@ObjectType({ description: 'The account no longer has the second factor.' })
export class RemoveSecondFactorPayload {
  @Field(() => Uuid, { description: 'The id of the factor.' })
  factorId!: string;
}

@ObjectType({ description: 'The account has new recovery codes; the earlier ones are worth nothing.' })
export class RegenerateRecoveryCodesPayload {
  @Field(() => [String], {
    description:
      'Ten codes, each good once in the place of a factor that is lost; shown here and never again.',
  })
  recoveryCodes!: readonly string[];
}
