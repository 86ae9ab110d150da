import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';

@InputType()
abstract class UserRoleInput {
  @Field(() => Uuid, { description: 'The user’s id.' })
  userId!: string;

  @Field(() => String, { description: 'The name of the role.' })
  @MaxLength(100)
  role!: string;
}

@InputType({ description: 'Which role to give to whom.' })
export class AssignRoleInput extends UserRoleInput {}

@InputType({ description: 'Which role to take from whom.' })
export class RevokeRoleInput extends UserRoleInput {}
