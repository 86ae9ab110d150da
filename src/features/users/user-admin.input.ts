import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { JSONObject, Uuid } from '../../graphql/scalars.js';
import type { UserMetadata } from './user.entity.js';

/** Bounds the work of normalising before the rules look. */
const MAX_TEXT = 2_000;

@InputType({ description: 'An account for somebody else.' })
export class CreateUserInput {
  @Field(() => String, { description: 'Their e-mail address.' })
  @MaxLength(MAX_TEXT)
  email!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A handle to sign in with: 3 to 32 letters, digits, `.`, `_` or `-`, a letter first.',
  })
  @MaxLength(MAX_TEXT)
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'How they are shown; up to 200 characters.' })
  @MaxLength(MAX_TEXT)
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mails to them, a BCP 47 tag.' })
  @MaxLength(MAX_TEXT)
  locale?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Roles that they get at once, up to 20; needs `roles:manage`, and you cannot give what you do not hold.',
  })
  @ArrayMaxSize(20)
  @MaxLength(100, { each: true })
  roles?: string[] | null;
}

@InputType()
abstract class AboutUser {
  @Field(() => Uuid, { description: 'The user’s id.' })
  userId!: string;
}

@InputType({ description: 'What to change of an account; absent fields stay as they are, null clears.' })
export class UpdateUserInput extends AboutUser {
  @Field(() => String, {
    nullable: true,
    description:
      'A new e-mail address (null changes nothing). It counts as unproved unless `emailVerified` says otherwise.',
  })
  @MaxLength(MAX_TEXT)
  email?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the address counts as theirs: say so only if you know (null changes nothing).',
  })
  emailVerified?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Another handle to sign in with.' })
  @MaxLength(MAX_TEXT)
  username?: string | null;

  @Field(() => String, { nullable: true, description: 'How they are shown; up to 200 characters.' })
  @MaxLength(MAX_TEXT)
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'The language of mails to them, a BCP 47 tag.' })
  @MaxLength(MAX_TEXT)
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'Where their picture is: an https URL.' })
  @MaxLength(MAX_TEXT)
  pictureUrl?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'What applications keep with the account, as a whole: at most 4096 bytes.',
  })
  metadata?: UserMetadata | null;
}

@InputType()
abstract class WithReason extends AboutUser {
  @Field(() => String, {
    nullable: true,
    description: 'Why, for the audit trail; up to 500 characters. The user is not told.',
  })
  @MaxLength(500)
  reason?: string | null;
}

@InputType({ description: 'Which account to close, and why.' })
export class DeactivateUserInput extends WithReason {}

@InputType({ description: 'Which account to delete, and why.' })
export class DeleteUserInput extends WithReason {}

@InputType({ description: 'Which account to open again.' })
export class ReactivateUserInput extends AboutUser {}

@InputType({ description: 'At which account to forget the failed attempts.' })
export class UnlockUserInput extends AboutUser {}
