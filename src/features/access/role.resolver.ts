import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { ownerOr, UserType } from '../users/user.type.js';
import type { AccessService } from './access.service.js';
import { AssignRoleInput, RevokeRoleInput } from './role.input.js';
import type { RoleService } from './role.service.js';
import { AssignRolePayload, RevokeRolePayload } from './role.type.js';

@Resolver()
export class RoleResolver {
  constructor(private readonly services: { readonly roles: RoleService }) {}

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => AssignRolePayload, {
    description:
      'Gives a user a role; it counts from the next request on, on open sockets too. Nobody gives what they do not ' +
      'hold. Refused: USER_NOT_FOUND, USER_DELETED, ROLE_UNKNOWN, ROLE_TOO_WIDE.',
  })
  async assignRole(
    @Arg('input', () => AssignRoleInput, { description: 'What to give to whom.' })
    { userId, role }: AssignRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<AssignRolePayload> {
    const user = await this.services.roles.assign(caller, { userId: userId.toLowerCase(), role });
    return { user: UserType.of(user) };
  }

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => RevokeRolePayload, {
    description:
      'Takes a role from a user; what it allowed is refused from the next request on, on open sockets too. Nobody ' +
      'takes from who may do more. Refused: USER_NOT_FOUND, USER_DELETED, ROLE_UNKNOWN, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async revokeRole(
    @Arg('input', () => RevokeRoleInput, { description: 'What to take from whom.' })
    { userId, role }: RevokeRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeRolePayload> {
    const user = await this.services.roles.revoke(caller, { userId: userId.toLowerCase(), role });
    return { user: UserType.of(user) };
  }
}

@Resolver(() => UserType)
export class UserRolesResolver {
  constructor(private readonly services: { readonly access: AccessService }) {}

  @Allow(ownerOr('users:read'))
  @FieldResolver(() => [String], { description: 'The names of the user’s roles, in alphabetical order.' })
  async roles(@Root() { id }: UserType, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const found = await loaders.load('user-roles', id, (ids) => this.services.access.rolesOfUsers(ids));
    return found ?? [];
  }
}
