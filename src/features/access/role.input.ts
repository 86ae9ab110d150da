import { ArrayMaxSize, Matches, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

/** As settings name roles (`AUTH_MFA_REQUIRED_ROLES`). */
const ROLE_NAME = /^[a-z][a-z0-9_:-]{0,49}$/;
const NAME_RULE = { message: 'It has up to 50 lower-case letters, digits, `_`, `:` or `-`, a letter first.' };
const MAX_PERMISSIONS = 500;

@InputType({ description: 'A new role.' })
export class CreateRoleInput {
  @Field(() => String, {
    description: 'A unique name: up to 50 lower-case letters, digits, `_`, `:` or `-`, a letter first.',
  })
  @Matches(ROLE_NAME, NAME_RULE)
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What it is for; up to 500 characters.' })
  @MaxLength(500)
  description!: string;

  @Field(() => [String], {
    description:
      'What it allows, by the names in `permissions`, up to 500; `*` is everything there is, now and later. You ' +
      'cannot put in what you do not hold.',
  })
  @ArrayMaxSize(MAX_PERMISSIONS)
  @MaxLength(100, { each: true })
  permissions!: string[];
}

@InputType({ description: 'What to change of a role; what is left out stays.' })
export class UpdateRoleInput {
  @Field(() => String, { description: 'The name that it has.' })
  @MaxLength(100)
  role!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Another name, as for `createRole`; settings that name the role do not follow.',
  })
  @Matches(ROLE_NAME, NAME_RULE)
  newName?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is for; up to 500 characters.' })
  @MaxLength(500)
  description?: string | null;

  @Field(() => [String], { nullable: true, description: 'All that it allows from then on, up to 500.' })
  @ArrayMaxSize(MAX_PERMISSIONS)
  @MaxLength(100, { each: true })
  permissions?: string[] | null;
}

@InputType({ description: 'Which role to delete.' })
export class DeleteRoleInput {
  @Field(() => String, { description: 'Its name.' })
  @MaxLength(100)
  role!: string;
}
