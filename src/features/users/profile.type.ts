import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { JSONObject } from '../../graphql/scalars.js';
import type { ProfileInput } from './profile.policy.js';
import type { UserMetadata } from './user.entity.js';
import { UserType } from './user.type.js';

@InputType({ description: 'What to change of the own account. What is absent stays, null clears.' })
export class UpdateProfileInput implements ProfileInput {
  @Field(() => String, {
    nullable: true,
    description: 'How the person wants to be shown; up to 200 visible characters.',
  })
  @MaxLength(1_000)
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A unique handle to sign in with: 3 to 32 characters, a letter first, then letters, digits, `.`, `_` or `-`. ' +
      'It can be changed five times a day.',
  })
  @MaxLength(200)
  username?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The language of mails, as a tag of BCP 47 such as `de-AT`.',
  })
  @MaxLength(100)
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where a picture of the person is: an https URL without credentials, up to 2000 characters.',
  })
  @MaxLength(2_000)
  pictureUrl?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'What an application keeps with the account, whole: up to 4096 bytes of JSON, 8 levels.',
  })
  metadata?: UserMetadata | null;
}

@ObjectType({ description: 'The account as it is now.' })
export class UpdateProfilePayload {
  @Field(() => UserType, { description: 'The account.' })
  user!: UserType;
}
