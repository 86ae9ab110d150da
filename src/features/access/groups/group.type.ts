import { Field, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../graphql/page.type.js';
import { DateTime, Uuid } from '../../../graphql/scalars.js';
import { UserType } from '../../users/user.type.js';
import type { Group } from './group.entity.js';

@ObjectType('Group', { description: 'Users who hold roles together.' })
export class GroupType implements Pick<Group, 'id' | 'name' | 'description' | 'createdAt'> {
  @Field(() => Uuid, { description: 'The id; a UUIDv7, so ids sort by creation.' })
  id!: string;

  @Field(() => String, { description: 'The unique name.' })
  name!: string;

  @Field(() => String, { description: 'Who is in it, or why.' })
  description!: string;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;
}

/** A page of groups. */
export const GroupConnection = connectionOf('Group', GroupType);

@ObjectType({ description: 'The new group.' })
export class CreateGroupPayload {
  @Field(() => GroupType, { description: 'The group.' })
  group!: GroupType;
}

@ObjectType({ description: 'The group as it is now.' })
export class UpdateGroupPayload {
  @Field(() => GroupType, { description: 'The group.' })
  group!: GroupType;
}

@ObjectType({ description: 'The group that is gone.' })
export class DeleteGroupPayload {
  @Field(() => Uuid, { description: 'Its id.' })
  groupId!: string;
}

@ObjectType()
abstract class MembershipPayload {
  @Field(() => GroupType, { description: 'The group.' })
  group!: GroupType;

  @Field(() => UserType, {
    nullable: true,
    description: 'The user; null where you may not see users (`users:read`, `users:list`).',
  })
  user!: UserType | null;
}

@ObjectType({ description: 'Who is in which group now.' })
export class AddGroupMemberPayload extends MembershipPayload {}

@ObjectType({ description: 'Who is in which group no more.' })
export class RemoveGroupMemberPayload extends MembershipPayload {}
