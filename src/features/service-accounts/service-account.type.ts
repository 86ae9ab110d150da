import { ArrayMaxSize, IsNotEmpty, MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ServiceAccount } from './service-account.entity.js';

@ObjectType('ServiceAccount', { description: 'A machine with an identity of its own.' })
export class ServiceAccountType implements Pick<ServiceAccount, 'id' | 'name' | 'description' | 'enabled'> {
  @Field(() => Uuid, { description: 'The id, which is also its OAuth `client_id`.' })
  id!: string;

  @Field(() => String, { description: 'The unique name.' })
  name!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether its credentials are accepted.' })
  enabled!: boolean;

  @Field(() => [String], { description: 'The audiences whose tokens it may introspect.' })
  audiences!: readonly string[];

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;
}

/** A page of service accounts. */
export const ServiceAccountConnection = connectionOf('ServiceAccount', ServiceAccountType);

@InputType({ description: 'A new service account.' })
export class CreateServiceAccountInput {
  @Field(() => String, { description: 'A unique name, up to 100 characters.' })
  @IsNotEmpty()
  @MaxLength(100)
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What it is for; up to 500 characters.' })
  @MaxLength(500)
  description!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'The audiences whose tokens it may introspect, up to 20; by default this API’s own.',
  })
  @ArrayMaxSize(20)
  @MaxLength(200, { each: true })
  audiences?: string[] | null;

  @Field(() => [String], {
    defaultValue: ['resource_server'],
    description: 'Its roles, up to 20. You cannot give what you do not hold.',
  })
  @ArrayMaxSize(20)
  @MaxLength(100, { each: true })
  roles!: string[];
}

@ObjectType({ description: 'The new service account and its credentials.' })
export class CreateServiceAccountPayload {
  @Field(() => ServiceAccountType, { description: 'The account.' })
  serviceAccount!: ServiceAccountType;

  @Field(() => String, { description: 'The OAuth `client_id`.' })
  clientId!: string;

  @Field(() => String, { description: 'The OAuth `client_secret`: shown once, here.' })
  clientSecret!: string;
}

@InputType({ description: 'Which service account to disable.' })
export class DisableServiceAccountInput {
  @Field(() => Uuid, { description: 'The account’s id.' })
  id!: string;
}

@ObjectType({ description: 'The disabled service account.' })
export class DisableServiceAccountPayload {
  @Field(() => ServiceAccountType, { description: 'The account.' })
  serviceAccount!: ServiceAccountType;
}
