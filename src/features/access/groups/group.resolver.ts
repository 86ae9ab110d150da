import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../../graphql/page.type.js';
import { Uuid } from '../../../graphql/scalars.js';
import { CreateGroupInput, DeleteGroupInput, UpdateGroupInput } from './group.input.js';
import type { GroupService } from './group.service.js';
import {
  CreateGroupPayload,
  DeleteGroupPayload,
  GroupConnection,
  GroupType,
  UpdateGroupPayload,
} from './group.type.js';

@Resolver()
export class GroupResolver {
  constructor(private readonly services: { readonly groups: GroupService }) {}

  @Allow(can('groups:read'))
  @Query(() => GroupConnection, { description: 'All groups, newest first.' })
  async groups(@Args(() => PageArgs) page: PageArgs): Promise<ConnectionShape<GroupType>> {
    return toConnection(await this.services.groups.list(page.toRequest()));
  }

  @Allow(can('groups:read'))
  @Query(() => GroupType, { nullable: true, description: 'The group, or null.' })
  async group(
    @Arg('id', () => Uuid, { description: 'The group’s id.' }) id: string,
  ): Promise<GroupType | null> {
    return await this.services.groups.findById(id.toLowerCase());
  }

  @Allow(every(can('groups:manage'), stepUp('change_role')))
  @Mutation(() => CreateGroupPayload, {
    description:
      'Creates a group, without members and without roles. Refused: INVALID_INPUT, GROUP_NAME_TAKEN.',
  })
  async createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'The group.' }) input: CreateGroupInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<CreateGroupPayload> {
    return { group: await this.services.groups.create(caller, input) };
  }

  @Allow(every(can('groups:manage'), stepUp('change_role')))
  @Mutation(() => UpdateGroupPayload, {
    description:
      'Changes what a group is called. Nobody does that to one whose roles allow what they may not do. Refused: ' +
      'INVALID_INPUT, GROUP_NOT_FOUND, GROUP_NAME_TAKEN, ROLE_TOO_WIDE.',
  })
  async updateGroup(
    @Arg('input', () => UpdateGroupInput, { description: 'What to change.' })
    { groupId, name, description }: UpdateGroupInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UpdateGroupPayload> {
    const changes = {
      ...(name == null ? {} : { name }),
      ...(description == null ? {} : { description }),
    };
    return { group: await this.services.groups.update(caller, groupId.toLowerCase(), changes) };
  }

  @Allow(every(can('groups:manage'), stepUp('change_role')))
  @Mutation(() => DeleteGroupPayload, {
    description:
      'Deletes a group; its members lose its roles from the next request on. Nobody deletes one with a member who ' +
      'may do more. Refused: GROUP_NOT_FOUND, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async deleteGroup(
    @Arg('input', () => DeleteGroupInput, { description: 'Which one.' }) { groupId }: DeleteGroupInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<DeleteGroupPayload> {
    await this.services.groups.delete(caller, groupId.toLowerCase());
    return { groupId };
  }
}
