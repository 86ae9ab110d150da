import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';

@InputType()
abstract class HeldRoleInput {
  @Field(() => Uuid, { nullable: true, description: 'The user, or one of the two below.' })
  userId?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The group, whose members all have its roles.' })
  groupId?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The service account.' })
  serviceAccountId?: string | null;

  @Field(() => String, { description: 'The name of the role.' })
  @MaxLength(100)
  role!: string;
}

@InputType({ description: 'Which role to give to whom, and until when.' })
export class AssignRoleInput extends HeldRoleInput {
  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it stops counting, in the future; left out, it stays. Given again, the role has the new expiry.',
  })
  expiresAt?: Date | null;
}

@InputType({ description: 'Which role to take from whom.' })
export class RevokeRoleInput extends HeldRoleInput {}
