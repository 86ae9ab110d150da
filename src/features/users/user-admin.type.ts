import { type ClassType, Field, ObjectType } from 'type-graphql';
import { UserType } from './user.type.js';

/** What every change of an account answers. */
export interface ChangedUser {
  user: UserType;
}

export const CreateUserPayload = payloadOf('CreateUserPayload', 'The new account.');
export const UpdateUserPayload = payloadOf('UpdateUserPayload', 'The account as it is now.');
export const DeactivateUserPayload = payloadOf('DeactivateUserPayload', 'The closed account.');
export const ReactivateUserPayload = payloadOf('ReactivateUserPayload', 'The open account.');
export const DeleteUserPayload = payloadOf('DeleteUserPayload', 'The deleted account.');
export const UnlockUserPayload = payloadOf(
  'UnlockUserPayload',
  'The account that is open to sign-ins again.',
);

function payloadOf(name: string, description: string): ClassType<ChangedUser> {
  @ObjectType(name, { description })
  class Payload implements ChangedUser {
    @Field(() => UserType, { description: 'The account.' })
    user!: UserType;
  }
  return Payload;
}
