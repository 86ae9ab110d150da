import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { Uuid } from '../../../graphql/scalars.js';

/** Bounds the work of looking at it before the rule for names does. */
const MAX_TEXT = 1_000;

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  @Field(() => String, { description: 'A unique name, 1 to 100 characters.' })
  @MaxLength(MAX_TEXT)
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'Who is in it, or why; up to 500 characters.' })
  @MaxLength(500)
  description!: string;
}

@InputType({ description: 'What to change of a group; what is left out stays.' })
export class UpdateGroupInput {
  @Field(() => Uuid, { description: 'The group’s id.' })
  groupId!: string;

  @Field(() => String, { nullable: true, description: 'Another unique name, 1 to 100 characters.' })
  @MaxLength(MAX_TEXT)
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Who is in it, or why; up to 500 characters.' })
  @MaxLength(500)
  description?: string | null;
}

@InputType({ description: 'Which group to delete.' })
export class DeleteGroupInput {
  @Field(() => Uuid, { description: 'The group’s id.' })
  groupId!: string;
}

@InputType()
abstract class MembershipInput {
  @Field(() => Uuid, { description: 'The group’s id.' })
  groupId!: string;

  @Field(() => Uuid, { description: 'The user’s id.' })
  userId!: string;
}

@InputType({ description: 'Whom to put into which group.' })
export class AddGroupMemberInput extends MembershipInput {}

@InputType({ description: 'Whom to take out of which group.' })
export class RemoveGroupMemberInput extends MembershipInput {}
