import { Field, ObjectType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { Role } from './role.entity.js';

@ObjectType('Role', { description: 'A named set of permissions.' })
export class RoleType implements Omit<Role, 'widenedAt'> {
  @Field(() => Uuid, { description: 'The id; it stays when the name changes.' })
  id!: string;

  @Field(() => String, { description: 'The unique name.' })
  name!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => [String], { description: 'What it allows; `*` is everything there is, now and later.' })
  permissions!: string[];

  @Field(() => Boolean, {
    description: 'Whether it comes with the product: then nobody changes or deletes it.',
  })
  builtIn!: boolean;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;
}

/** A page of roles. */
export const RoleConnection = connectionOf('Role', RoleType);

@ObjectType('Permission', { description: 'Something that a role can allow.' })
export class PermissionType {
  @Field(() => String, { description: 'The name, `resource:action`.' })
  name!: string;

  @Field(() => String, { description: 'What it allows, in a sentence.' })
  description!: string;

  @Field(() => Boolean, {
    description: 'Whether the product declares it; otherwise its operators do (`AUTH_PERMISSIONS_FILE`).',
  })
  builtIn!: boolean;
}

@ObjectType({ description: 'The new role.' })
export class CreateRolePayload {
  @Field(() => RoleType, { description: 'The role.' })
  role!: RoleType;
}

@ObjectType({ description: 'The role as it is now.' })
export class UpdateRolePayload {
  @Field(() => RoleType, { description: 'The role.' })
  role!: RoleType;
}

@ObjectType({ description: 'The role as it was.' })
export class DeleteRolePayload {
  @Field(() => RoleType, { description: 'The role, which is gone.' })
  role!: RoleType;
}
