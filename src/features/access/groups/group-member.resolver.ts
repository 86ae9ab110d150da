import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../../graphql/page.type.js';
import { ownerOr, UserConnection, UserType } from '../../users/user.type.js';
import type { AccessService } from '../access.service.js';
import { AddGroupMemberInput, RemoveGroupMemberInput } from './group.input.js';
import { AddGroupMemberPayload, GroupType, RemoveGroupMemberPayload } from './group.type.js';
import type { GroupMemberService, Membership } from './group-member.service.js';

interface Services {
  readonly groupMembers: GroupMemberService;
  readonly access: AccessService;
}

@Resolver()
export class GroupMemberResolver {
  constructor(private readonly services: Services) {}

  @Allow(every(can('groups:manage'), stepUp('change_role')))
  @Mutation(() => AddGroupMemberPayload, {
    description:
      'Puts a user into a group: the group’s roles are theirs from the next request on, on open sockets too. Nobody ' +
      'gives what they do not hold, or to who may do more. Again changes nothing. Refused: USER_NOT_FOUND, ' +
      'USER_DELETED, GROUP_NOT_FOUND, ROLE_TOO_WIDE, USER_TOO_POWERFUL.',
  })
  async addGroupMember(
    @Arg('input', () => AddGroupMemberInput, { description: 'Whom, and where.' }) input: AddGroupMemberInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<AddGroupMemberPayload> {
    const { user, group } = await this.services.groupMembers.add(caller, membershipIn(input));
    return { user: UserType.shownTo(caller, user), group };
  }

  @Allow(every(can('groups:manage'), stepUp('change_role')))
  @Mutation(() => RemoveGroupMemberPayload, {
    description:
      'Takes a user out of a group, and the group’s roles from them, from the next request on. Nobody takes from who ' +
      'may do more. Again changes nothing. Refused: USER_NOT_FOUND, USER_DELETED, GROUP_NOT_FOUND, ' +
      'USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async removeGroupMember(
    @Arg('input', () => RemoveGroupMemberInput, { description: 'Whom, and from where.' })
    input: RemoveGroupMemberInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RemoveGroupMemberPayload> {
    const { user, group } = await this.services.groupMembers.remove(caller, membershipIn(input));
    return { user: UserType.shownTo(caller, user), group };
  }
}

@Resolver(() => GroupType)
export class GroupFieldsResolver {
  constructor(private readonly services: Services) {}

  @Allow(can('groups:read'))
  @FieldResolver(() => [String], {
    nullable: true,
    description: 'The names of the roles that its members have by it, in alphabetical order.',
  })
  async roles(@Root() { id }: GroupType, @Ctx() { loaders }: GraphQLContext): Promise<string[]> {
    const { access } = this.services;
    return (await loaders.load('group-roles', id, (ids) => access.rolesOfMany('group', ids))) ?? [];
  }

  @Allow(can('groups:read'))
  @FieldResolver(() => UserConnection, {
    nullable: true,
    description: 'Who is in it, newest accounts first.',
  })
  async members(
    @Root() { id }: GroupType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ConnectionShape<UserType>> {
    const asked = page.toRequest();
    const found = await loaders.load(`group-members-${asked.first}-${asked.after}`, id, (ids) =>
      this.services.groupMembers.membersOfMany(ids, asked),
    );
    const edges = (found?.edges ?? []).map(({ cursor, node }) => ({ cursor, node: UserType.of(node) }));
    return toConnection({ edges, hasNextPage: found?.hasNextPage ?? false });
  }
}

@Resolver(() => UserType)
export class UserGroupsResolver {
  constructor(private readonly services: Services) {}

  @Allow(ownerOr('users:read'))
  @FieldResolver(() => [GroupType], {
    nullable: true,
    description: 'The groups that the user is in, in the order of their names.',
  })
  async groups(@Root() { id }: UserType, @Ctx() { loaders }: GraphQLContext): Promise<GroupType[]> {
    const { groupMembers } = this.services;
    return (await loaders.load('user-groups', id, (ids) => groupMembers.groupsOfUsers(ids))) ?? [];
  }
}

function membershipIn({ groupId, userId }: Membership): Membership {
  return { groupId: groupId.toLowerCase(), userId: userId.toLowerCase() };
}
