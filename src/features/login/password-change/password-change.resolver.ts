import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, every, fresh, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { Sensitive } from '../../../graphql/sensitive.js';
import type { PasswordChangeService } from './password-change.service.js';
import {
  ChangePasswordInput,
  ChangePasswordPayload,
  SetUserPasswordInput,
  SetUserPasswordPayload,
} from './password-change.type.js';

@Resolver()
export class PasswordChangeResolver {
  constructor(private readonly services: { readonly passwordChanges: PasswordChangeService }) {}

  @Allow(fresh())
  @Sensitive()
  @Mutation(() => ChangePasswordPayload, {
    description:
      'Changes the caller’s own password. Signs out their other devices, makes all mailed links and codes of the ' +
      'account worthless, and tells them by mail. Wrong guesses count as failed sign-ins do. Refused: ' +
      'INVALID_CREDENTIALS (the current password is not right), TOO_MANY_ATTEMPTS, PASSWORD_NOT_SET, ' +
      'PASSWORD_REFUSED, PASSWORD_CHECK_UNAVAILABLE, SERVER_BUSY.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords.' })
    { currentPassword, newPassword }: ChangePasswordInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangePasswordPayload> {
    const change = { currentPassword, newPassword };
    return { sessionsEnded: await this.services.passwordChanges.change(caller, change) };
  }

  @Allow(every(can('users:modify'), stepUp('set_user_password')))
  @Sensitive()
  @Mutation(() => SetUserPasswordPayload, {
    description:
      'Sets the password of somebody else, who may do no more than the caller. Signs out all their devices, makes ' +
      'all mailed links and codes of the account worthless, and tells them by mail. Refused: USER_NOT_FOUND, ' +
      'USER_DELETED, USER_TOO_POWERFUL, PASSWORD_IS_OWN, PASSWORD_REFUSED, PASSWORD_CHECK_UNAVAILABLE, SERVER_BUSY.',
  })
  async setUserPassword(
    @Arg('input', () => SetUserPasswordInput, { description: 'Whose password, and what to.' })
    { userId, newPassword }: SetUserPasswordInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<SetUserPasswordPayload> {
    const id = userId.toLowerCase();
    return { sessionsEnded: await this.services.passwordChanges.setFor(caller, id, newPassword) };
  }
}
