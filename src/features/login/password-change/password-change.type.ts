import { MaxLength } from 'class-validator';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Uuid } from '../../../graphql/scalars.js';
import { MAX_TYPED } from '../methods/password/password.type.js';

@InputType({ description: 'The password that the caller has, and the one that they want.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The current password.' })
  @MaxLength(MAX_TYPED)
  currentPassword!: string;

  @Field(() => String, { description: 'The new password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TYPED)
  newPassword!: string;
}

@ObjectType({ description: 'The password is another. The session of this request goes on.' })
export class ChangePasswordPayload {
  @Field(() => Int, { description: 'How many other devices were signed out.' })
  sessionsEnded!: number;
}

@InputType({ description: 'Whose password to set, and what to.' })
export class SetUserPasswordInput {
  @Field(() => Uuid, { description: 'The user; not the caller.' })
  userId!: string;

  @Field(() => String, { description: 'The new password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TYPED)
  newPassword!: string;
}

@ObjectType({ description: 'The user has another password, and was told so by mail.' })
export class SetUserPasswordPayload {
  @Field(() => Int, { description: 'How many of the user’s devices were signed out.' })
  sessionsEnded!: number;
}
