import { ArrayMaxSize, IsNotEmpty, Max, MaxLength, Min } from 'class-validator';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ApiKey } from './api-key.entity.js';

type Shown = 'id' | 'name' | 'createdAt' | 'expiresAt' | 'lastUsedAt';

@ObjectType('ApiKey', {
  description: 'A long-lived credential for scripts and services that act for a user.',
})
export class ApiKeyType implements Pick<ApiKey, Shown> {
  @Field(() => Uuid, { description: 'The id; it stands in the key itself, without the dashes.' })
  id!: string;

  @Field(() => String, { description: 'What its owner calls it.' })
  name!: string;

  @Field(() => [String], {
    description:
      'The permissions that it was given, by name; it has those of them that its owner holds as well.',
  })
  scopes!: string[];

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it expires.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute; null if it never was.',
  })
  lastUsedAt!: Date | null;

  static of({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey): ApiKeyType {
    return Object.assign(new ApiKeyType(), { id, name, scopes, createdAt, expiresAt, lastUsedAt });
  }
}

/** A page of API keys. */
export const ApiKeyConnection = connectionOf('ApiKey', ApiKeyType);

@InputType({ description: 'A new API key of the caller’s own.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'What to call it: 1 to 100 characters.' })
  @IsNotEmpty()
  @MaxLength(100)
  name!: string;

  @Field(() => [String], {
    description:
      'The permissions to give it, by name, up to 100; none is enough to show whose it is. Not more than you hold ' +
      'yourself, and neither `roles:manage` nor `service_accounts:create`.',
  })
  @ArrayMaxSize(100)
  @MaxLength(100, { each: true })
  scopes!: string[];

  @Field(() => Int, { defaultValue: 90, description: 'After how many days it expires: 1 to 365.' })
  @Min(1)
  @Max(365)
  expiresInDays!: number;
}

@ObjectType({ description: 'The new key.' })
export class CreateApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The key, without its secret.' })
  apiKey!: ApiKeyType;

  @Field(() => String, {
    description: 'The key itself, for `X-API-Key` or `Authorization: Bearer`: shown once, here.',
  })
  secret!: string;
}

@InputType({ description: 'Which API key to end.' })
export class RevokeApiKeyInput {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;
}

@ObjectType({ description: 'The key has ended.' })
export class RevokeApiKeyPayload {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;
}
