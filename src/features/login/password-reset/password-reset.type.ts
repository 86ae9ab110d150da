import { MaxLength } from 'class-validator';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { MAX_TYPED } from '../methods/password/password.type.js';
import type { PasswordResetState } from './password-reset.service.js';

const PasswordResetStateEnum = { VALID: 'valid', EXPIRED: 'expired', INVALID: 'invalid' } as const;
registerEnumType(PasswordResetStateEnum, {
  name: 'PasswordResetState',
  description: 'Whether a reset link works.',
  valuesConfig: {
    VALID: { description: 'It does, once.' },
    EXPIRED: { description: 'It did, for an hour; ask for a new one.' },
    INVALID: { description: 'It does not: it was used, replaced by a newer one, or never sent.' },
  },
});

@InputType({ description: 'Whose password is to be reset.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: 'The e-mail address of the account.' })
  @MaxLength(MAX_TYPED)
  email!: string;
}

@ObjectType({ description: 'The request was taken in; the mailbox of the address knows more.' })
export class RequestPasswordResetPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not the address has an account.' })
  accepted!: boolean;
}

@InputType({ description: 'Which link to look at.' })
export class PasswordResetStatusInput {
  @Field(() => String, { description: 'What follows `#token=` in the link.' })
  @MaxLength(MAX_TYPED)
  token!: string;
}

@ObjectType({ description: 'What has become of a reset link. It says nothing about whose it is.' })
export class PasswordResetStatus {
  @Field(() => PasswordResetStateEnum, { description: 'Whether it works.' })
  state!: PasswordResetState;
}

@InputType({ description: 'A mailed link, and the password to set with it.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'What follows `#token=` in the link.' })
  @MaxLength(MAX_TYPED)
  token!: string;

  @Field(() => String, { description: 'The new password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TYPED)
  newPassword!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether to end the API keys of the account as well: they work without the password.',
  })
  revokeApiKeys!: boolean;
}

@ObjectType({ description: 'The password is set. Nobody was signed in by it: sign in with the new one.' })
export class ResetPasswordPayload {
  @Field(() => Int, { description: 'How many devices were signed out.' })
  sessionsEnded!: number;
}
