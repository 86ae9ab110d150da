import { Field, ObjectType } from 'type-graphql';
import { UserType } from '../users/user.type.js';

@ObjectType({ description: 'The user with the roles they have now.' })
export class AssignRolePayload {
  @Field(() => UserType, { description: 'The user.' })
  user!: UserType;
}

@ObjectType({ description: 'The user with the roles that are left.' })
export class RevokeRolePayload {
  @Field(() => UserType, { description: 'The user.' })
  user!: UserType;
}
