import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../graphql/scalars.js';
import { UserType } from '../../users/user.type.js';

@InputType({ description: 'Whether an account must have a second factor.' })
export class RequireSecondFactorInput {
  @Field(() => Uuid, { description: 'Whose account.' })
  userId!: string;

  @Field(() => Boolean, {
    description: 'Whether it must have one. With `false`, the settings alone decide.',
  })
  required!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Until when it may still be used without one. Null: for AUTH_MFA_ENROLMENT_GRACE, from now. The past counts as ' +
      'now; at most 90 days, unless AUTH_MFA_ENROLMENT_GRACE is longer.',
  })
  deadline?: Date | null;
}

@ObjectType({ description: 'What is required of the account now.' })
export class RequireSecondFactorPayload {
  @Field(() => UserType, { description: 'The account.' })
  user!: UserType;

  @Field(() => Boolean, { description: 'Whether it must have a second factor, whatever the settings say.' })
  required!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when it may be used without one; null when none is required of it.',
  })
  deadline!: Date | null;
}
