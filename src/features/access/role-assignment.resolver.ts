import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { ownerOr, UserType } from '../users/user.type.js';
import type { AccessService } from './access.service.js';
import { holderIn } from './role-holder.js';
import { AssignRoleInput, RevokeRoleInput } from './role-assignment.input.js';
import type { RoleAssignmentService } from './role-assignment.service.js';
import { AssignRolePayload, RevokeRolePayload } from './role-assignment.type.js';

@Resolver()
export class RoleAssignmentResolver {
  constructor(private readonly services: { readonly roleAssignments: RoleAssignmentService }) {}

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => AssignRolePayload, {
    description:
      'Gives a role to a user, a group or a service account, for good or until some day; it counts from the next ' +
      'request on, on open sockets too. Nobody gives what they do not hold, for longer than they hold it, or to who ' +
      'may do more. Given again it changes the expiry alone. Refused: INVALID_INPUT, USER_NOT_FOUND, USER_DELETED, ' +
      'GROUP_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, ROLE_UNKNOWN, ROLE_TOO_WIDE, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async assignRole(
    @Arg('input', () => AssignRoleInput, { description: 'What to give to whom.' }) input: AssignRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<AssignRolePayload> {
    const { role, expiresAt = null } = input;
    const gift = { holder: holderIn(input), role, expiresAt };
    return AssignRolePayload.of(await this.services.roleAssignments.assign(caller, gift), caller);
  }

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => RevokeRolePayload, {
    description:
      'Takes a role from a user, a group or a service account; what it allowed is refused from the next request on, ' +
      'on open sockets too. Nobody takes from who may do more. Refused: INVALID_INPUT, USER_NOT_FOUND, USER_DELETED, ' +
      'GROUP_NOT_FOUND, SERVICE_ACCOUNT_NOT_FOUND, ROLE_UNKNOWN, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async revokeRole(
    @Arg('input', () => RevokeRoleInput, { description: 'What to take from whom.' }) input: RevokeRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeRolePayload> {
    const held = { holder: holderIn(input), role: input.role };
    return RevokeRolePayload.of(await this.services.roleAssignments.revoke(caller, held), caller);
  }
}

@Resolver(() => UserType)
export class UserRolesResolver {
  constructor(private readonly services: { readonly access: AccessService }) {}

  @Allow(ownerOr('users:read'))
  @FieldResolver(() => [String], {
    nullable: true,
    description: 'The names of the user’s roles, their own and those of their groups, in alphabetical order.',
  })
  async roles(@Root() { id }: UserType, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const found = await loaders.load('user-roles', id, (ids) => this.services.access.rolesOfUsers(ids));
    return found ?? [];
  }
}
