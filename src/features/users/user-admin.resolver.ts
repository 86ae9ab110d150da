import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, every, given, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { UserType } from './user.type.js';
import {
  CreateUserInput,
  DeactivateUserInput,
  DeleteUserInput,
  ReactivateUserInput,
  UnlockUserInput,
  UpdateUserInput,
} from './user-admin.input.js';
import type { UserAdminService } from './user-admin.service.js';
import {
  type ChangedUser,
  CreateUserPayload,
  DeactivateUserPayload,
  DeleteUserPayload,
  ReactivateUserPayload,
  UnlockUserPayload,
  UpdateUserPayload,
} from './user-admin.type.js';
import type { UserStatusService } from './user-status.service.js';

interface Services {
  readonly userAdmin: UserAdminService;
  readonly userStatus: UserStatusService;
}

@Resolver()
export class UserAdminResolver {
  constructor(private readonly services: Services) {}

  @Allow(every(can('users:create'), given('roles', every(can('roles:manage'), stepUp('change_role')))))
  @Mutation(() => CreateUserPayload, {
    description:
      'Opens an account without a password; its address gets a mail with a link to set one. Refused: ' +
      'EMAIL_TAKEN, USERNAME_TAKEN, EMAIL_INVALID, USERNAME_INVALID, ROLE_UNKNOWN, ROLE_TOO_WIDE.',
  })
  async createUser(
    @Arg('input', () => CreateUserInput, { description: 'Whose account.' }) input: CreateUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    return { user: UserType.of(await this.services.userAdmin.create(caller, { ...input })) };
  }

  @Allow(
    every(
      can('users:modify'),
      given('email', stepUp('change_user_email')),
      given('emailVerified', stepUp('change_user_email')),
      given('username', stepUp('change_user_email')),
    ),
  )
  @Mutation(() => UpdateUserPayload, {
    description:
      'Changes facts of an account. Another address makes every link and code that was mailed before worthless. ' +
      'Refused: USER_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL, EMAIL_IS_OWN, EMAIL_TAKEN, USERNAME_TAKEN.',
  })
  async updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'What to change.' })
    { userId, ...changes }: UpdateUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    return { user: UserType.of(await this.services.userAdmin.update(caller, userId.toLowerCase(), changes)) };
  }

  @Allow(every(can('users:deactivate'), stepUp('deactivate_user')))
  @Mutation(() => DeactivateUserPayload, {
    description:
      'Closes an account: its sessions, tokens, sockets and pending links end with it, everywhere within a second. ' +
      'Refused: USER_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async deactivateUser(
    @Arg('input', () => DeactivateUserInput, { description: 'Which one.' })
    { userId, reason }: DeactivateUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    const { userStatus } = this.services;
    return { user: UserType.of(await userStatus.deactivate(caller, userId.toLowerCase(), reason ?? null)) };
  }

  @Allow(every(can('users:deactivate'), stepUp('reactivate_user')))
  @Mutation(() => ReactivateUserPayload, {
    description:
      'Opens a closed account again, or restores a deleted one under the names it had. Nothing that ended with it ' +
      'comes back. Refused: USER_NOT_FOUND, USER_TOO_POWERFUL, EMAIL_TAKEN, USERNAME_TAKEN.',
  })
  async reactivateUser(
    @Arg('input', () => ReactivateUserInput, { description: 'Which one.' }) { userId }: ReactivateUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    return { user: UserType.of(await this.services.userStatus.reactivate(caller, userId.toLowerCase())) };
  }

  @Allow(every(can('users:deactivate'), stepUp('delete_user')))
  @Mutation(() => DeleteUserPayload, {
    description:
      'Closes an account as `deactivateUser` does and frees its names; it is erased after 30 days, and until then ' +
      '`reactivateUser` restores it. Refused: USER_NOT_FOUND, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async deleteUser(
    @Arg('input', () => DeleteUserInput, { description: 'Which one.' }) { userId, reason }: DeleteUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    const { userStatus } = this.services;
    return { user: UserType.of(await userStatus.delete(caller, userId.toLowerCase(), reason ?? null)) };
  }

  @Allow(every(can('users:modify'), stepUp('unlock_user')))
  @Mutation(() => UnlockUserPayload, {
    description:
      'Forgets the failed attempts at an account, so that its next sign-in is judged at once. Refused: ' +
      'USER_NOT_FOUND, USER_TOO_POWERFUL.',
  })
  async unlockUser(
    @Arg('input', () => UnlockUserInput, { description: 'Which one.' }) { userId }: UnlockUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangedUser> {
    return { user: UserType.of(await this.services.userAdmin.unlock(caller, userId.toLowerCase())) };
  }
}
