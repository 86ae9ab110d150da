import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { Caller } from '../../kernel/caller.js';
import { UserType } from '../users/user.type.js';
import type { RoleAssignment } from './role-assignment.entity.js';
import type { Outcome } from './role-assignment.service.js';

export const RoleHolderKindEnum = {
  USER: 'user',
  SERVICE_ACCOUNT: 'service_account',
  GROUP: 'group',
} as const;
registerEnumType(RoleHolderKindEnum, {
  name: 'RoleHolderKind',
  description: 'Who can hold a role.',
  valuesConfig: {
    USER: { description: 'A person.' },
    SERVICE_ACCOUNT: { description: 'A machine.' },
    GROUP: { description: 'A group of users, who all hold it by that.' },
  },
});

@ObjectType('RoleAssignment', { description: 'A role in somebody’s hands.' })
export class RoleAssignmentType {
  @Field(() => Uuid, { description: 'The id.' })
  id!: string;

  @Field(() => String, { description: 'The name of the role.' })
  role!: string;

  @Field(() => RoleHolderKindEnum, { description: 'What its holder is.' })
  holderKind!: RoleAssignment['holderKind'];

  @Field(() => Uuid, { description: 'The id of the user, service account or group.' })
  holderId!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it stops counting; null for one that stays.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was given.' })
  createdAt!: Date;

  static of({ role, ...assignment }: RoleAssignment): RoleAssignmentType {
    return Object.assign(new RoleAssignmentType(), assignment, { role: role.name });
  }
}

@ObjectType()
abstract class OutcomePayload {
  @Field(() => UserType, {
    nullable: true,
    description:
      'The user with the roles they have now; null where it is no user, or you may not see users (`users:read`, ' +
      '`users:list`).',
  })
  user!: UserType | null;
}

@ObjectType({ description: 'Who has the role now.' })
export class AssignRolePayload extends OutcomePayload {
  @Field(() => RoleAssignmentType, { nullable: true, description: 'The role in their hands.' })
  assignment!: RoleAssignmentType | null;

  static of({ user, assignment }: Outcome, caller: Caller): AssignRolePayload {
    return Object.assign(new AssignRolePayload(), {
      user: user && UserType.shownTo(caller, user),
      assignment: assignment && RoleAssignmentType.of(assignment),
    });
  }
}

@ObjectType({ description: 'Who has the role no more.' })
export class RevokeRolePayload extends OutcomePayload {
  @Field(() => RoleAssignmentType, {
    nullable: true,
    description: 'Null: what they may have of it by a group is not touched.',
  })
  assignment!: RoleAssignmentType | null;

  static of({ user }: Outcome, caller: Caller): RevokeRolePayload {
    const shown = user && UserType.shownTo(caller, user);
    return Object.assign(new RevokeRolePayload(), { user: shown, assignment: null });
  }
}
