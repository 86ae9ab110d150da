import { ArrayMaxSize, Equals, IsNotEmpty, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ServiceAccount } from './service-account.entity.js';

const OWNED =
  'The audiences that it owns: as their resource server it may introspect the tokens of all their users';
const ALLOWED = 'The audiences that it may ask access tokens for, to call those services itself';
const LIMIT = 'The permissions that its access tokens may carry at most, by name; of those, its roles decide';
const TTL = 'How long its access tokens are valid, in seconds';

type Shown =
  | 'id'
  | 'name'
  | 'description'
  | 'enabled'
  | 'audiences'
  | 'allowedAudiences'
  | 'scopes'
  | 'tokenTtlSeconds'
  | 'createdAt';

@ObjectType('ServiceAccount', { description: 'A machine with an identity of its own.' })
export class ServiceAccountType implements Pick<ServiceAccount, Shown> {
  @Field(() => Uuid, { description: 'The id, which is also its OAuth `client_id`.' })
  id!: string;

  @Field(() => String, { description: 'The unique name.' })
  name!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether its credentials are accepted.' })
  enabled!: boolean;

  @Field(() => [String], { description: `${OWNED}.` })
  audiences!: readonly string[];

  @Field(() => [String], { description: `${ALLOWED}.` })
  allowedAudiences!: readonly string[];

  @Field(() => [String], { nullable: true, description: `${LIMIT}. Null for all that these give.` })
  scopes!: readonly string[] | null;

  @Field(() => Int, { description: `${TTL}.` })
  tokenTtlSeconds!: number;

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
    description: `${OWNED}. Up to 20; by default this API’s own.`,
  })
  @ArrayMaxSize(20)
  @MaxLength(200, { each: true })
  audiences?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `${ALLOWED}. Up to 20; by default this API’s own.`,
  })
  @ArrayMaxSize(20)
  @MaxLength(200, { each: true })
  allowedAudiences?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `${LIMIT}. Up to 200; null, or nothing, for all that these give.`,
  })
  @ArrayMaxSize(200)
  @MaxLength(100, { each: true })
  scopes?: string[] | null;

  @Field(() => Int, { defaultValue: 3600, description: `${TTL}: 60 to 86400, which is a day.` })
  @Min(60)
  @Max(86_400)
  tokenTtlSeconds!: number;

  @Field(() => [String], {
    defaultValue: ['resource_server'],
    description:
      'Its roles, up to 20. Unless there are none it needs `roles:manage`, and you cannot give what you do not hold.',
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

@InputType({ description: 'What to change about a service account; what is left out stays as it is.' })
export class UpdateServiceAccountInput {
  @Field(() => Uuid, { description: 'The account’s id.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A unique name, up to 100 characters.' })
  @MaxLength(100)
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is for; up to 500 characters.' })
  @MaxLength(500)
  description?: string | null;

  @Field(() => [String], { nullable: true, description: `${OWNED}. Up to 20.` })
  @ArrayMaxSize(20)
  @MaxLength(200, { each: true })
  audiences?: string[] | null;

  @Field(() => [String], { nullable: true, description: `${ALLOWED}. Up to 20.` })
  @ArrayMaxSize(20)
  @MaxLength(200, { each: true })
  allowedAudiences?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `${LIMIT}. Up to 200; null, said and not left out, for all that these give.`,
  })
  @ArrayMaxSize(200)
  @MaxLength(100, { each: true })
  scopes?: string[] | null;

  @Field(() => Int, { nullable: true, description: `${TTL}: 60 to 86400, which is a day.` })
  @Min(60)
  @Max(86_400)
  tokenTtlSeconds?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      '`true` enables a disabled account again: its client secrets and API keys work again, its access tokens never. ' +
      'To disable one, use `disableServiceAccount`.',
  })
  @ValidateIf(({ enabled }: UpdateServiceAccountInput) => enabled !== undefined && enabled !== null)
  @Equals(true)
  enabled?: boolean | null;
}

@ObjectType({ description: 'The changed service account.' })
export class UpdateServiceAccountPayload {
  @Field(() => ServiceAccountType, { description: 'The account.' })
  serviceAccount!: ServiceAccountType;
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
