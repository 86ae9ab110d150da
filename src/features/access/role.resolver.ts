import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import type { DeclaredPermission } from './permissions-file.js';
import { CreateRoleInput, DeleteRoleInput, UpdateRoleInput } from './role.input.js';
import type { RoleService } from './role.service.js';
import {
  CreateRolePayload,
  DeleteRolePayload,
  PermissionType,
  RoleConnection,
  RoleType,
  UpdateRolePayload,
} from './role.type.js';

interface Services {
  readonly roles: RoleService;
  readonly declaredPermissions: readonly DeclaredPermission[];
}

@Resolver()
export class RoleResolver {
  constructor(private readonly services: Services) {}

  @Allow(can('roles:read'))
  @Query(() => [PermissionType], {
    description: 'Every permission that a role can allow, the operators’ own included, by their names.',
  })
  permissions(): readonly DeclaredPermission[] {
    return this.services.declaredPermissions;
  }

  @Allow(can('roles:read'))
  @Query(() => RoleConnection, { description: 'All roles, by their names.' })
  async roles(@Args(() => PageArgs) page: PageArgs): Promise<ConnectionShape<RoleType>> {
    return toConnection(await this.services.roles.list(page.toRequest()));
  }

  @Allow(can('roles:read'))
  @Query(() => RoleType, { nullable: true, description: 'The role of that name, or null.' })
  async role(
    @Arg('name', () => String, { description: 'The name.' }) name: string,
  ): Promise<RoleType | null> {
    return await this.services.roles.findByName(name);
  }

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => CreateRolePayload, {
    description:
      'Creates a role. Nobody creates one that allows what they may not do. Refused: INVALID_INPUT, ' +
      'PERMISSION_UNKNOWN, ROLE_TOO_WIDE, ROLE_NAME_TAKEN.',
  })
  async createRole(
    @Arg('input', () => CreateRoleInput, { description: 'The role.' }) input: CreateRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateRolePayload> {
    return { role: await this.services.roles.create(caller, input) };
  }

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => UpdateRolePayload, {
    description:
      'Changes a role; for all who hold it, from the next request on, on open sockets too. Nobody changes one that ' +
      'allows what they may not do, before or after, nor makes one narrower or renames it that somebody holds who may ' +
      'do more. Refused: INVALID_INPUT, ROLE_UNKNOWN, ROLE_BUILT_IN, PERMISSION_UNKNOWN, ROLE_TOO_WIDE, ' +
      'USER_TOO_POWERFUL, ROLE_NAME_TAKEN.',
  })
  async updateRole(
    @Arg('input', () => UpdateRoleInput, { description: 'What to change.' })
    { role, newName, description, permissions }: UpdateRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UpdateRolePayload> {
    const changes = {
      ...(newName == null ? {} : { name: newName }),
      ...(description == null ? {} : { description }),
      ...(permissions == null ? {} : { permissions }),
    };
    return { role: await this.services.roles.update(caller, role, changes) };
  }

  @Allow(every(can('roles:manage'), stepUp('change_role')))
  @Mutation(() => DeleteRolePayload, {
    description:
      'Deletes a role, and takes it from all who hold it, from the next request on. Nobody deletes one that allows ' +
      'what they may not do, or that somebody holds who may do more. Refused: ROLE_UNKNOWN, ROLE_BUILT_IN, ' +
      'ROLE_TOO_WIDE, USER_TOO_POWERFUL.',
  })
  async deleteRole(
    @Arg('input', () => DeleteRoleInput, { description: 'Which one.' }) { role }: DeleteRoleInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<DeleteRolePayload> {
    return { role: await this.services.roles.delete(caller, role) };
  }
}
