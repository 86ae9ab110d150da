import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';
import { fault, MAX_NETWORKS } from './api-key.policy.js';
import type { KeyOwner } from './api-key-owner.service.js';

const SCOPES =
  'The permissions to give it, by name, up to 100; none is enough to show whose it is. Not more than its owner holds, ' +
  'nor than you do, and none that would make a key another way in.';
const NETWORKS =
  'The IPv4 and IPv6 addresses and networks (CIDR, without a host part) that it may be used from, up to 20; none: from ' +
  'everywhere.';
const NAME = 'What to call it: 1 to 100 characters on one line.';
/** Longer than any address with its bits. */
const MAX_NETWORK_LENGTH = 60;

@InputType({ description: 'A new API key: the caller’s own unless it says whose.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: NAME })
  @MaxLength(200)
  name!: string;

  @Field(() => [String], { description: SCOPES })
  @ArrayMaxSize(100)
  @MaxLength(100, { each: true })
  scopes!: string[];

  @Field(() => Int, {
    nullable: true,
    description:
      'After how many days it expires, by default `AUTH_API_KEY_DEFAULT_DAYS`; at most `AUTH_API_KEY_MAX_DAYS`.',
  })
  @Min(1)
  expiresInDays?: number | null;

  @Field(() => [String], { defaultValue: [], description: NETWORKS })
  @ArrayMaxSize(MAX_NETWORKS)
  @MaxLength(MAX_NETWORK_LENGTH, { each: true })
  allowedNetworks!: string[];

  @Field(() => Uuid, {
    nullable: true,
    description: 'The service account to own it; takes `api_keys:create`.',
  })
  serviceAccountId?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'The user to own it; takes `api_keys:create`.' })
  userId?: string | null;
}

@InputType({ description: 'What to change about an API key; what is left out stays.' })
export class UpdateApiKeyInput {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  @MaxLength(200)
  name?: string | null;

  @Field(() => [String], { nullable: true, description: `In place of those it has. ${SCOPES}` })
  @ArrayMaxSize(100)
  @MaxLength(100, { each: true })
  scopes?: string[] | null;

  @Field(() => [String], { nullable: true, description: `In place of those it has. ${NETWORKS}` })
  @ArrayMaxSize(MAX_NETWORKS)
  @MaxLength(MAX_NETWORK_LENGTH, { each: true })
  allowedNetworks?: string[] | null;
}

@InputType({ description: 'Which API key to replace.' })
export class RotateApiKeyInput {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;

  @Field(() => Int, {
    defaultValue: 86_400,
    description: 'For how many seconds the old key goes on working, 0 to 604800 (7 days); 0 ends it at once.',
  })
  @Min(0)
  @Max(604_800)
  overlapSeconds!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'After how many days the new key expires, by default as many as the old one was made for; at most ' +
      '`AUTH_API_KEY_MAX_DAYS`.',
  })
  @Min(1)
  expiresInDays?: number | null;
}

@InputType({ description: 'Which API key to end.' })
export class RevokeApiKeyInput {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;
}

@InputType('ApiKeyFilter', { description: 'Whose API keys; one of the two.' })
export class ApiKeyFilterInput {
  @Field(() => Uuid, { nullable: true, description: 'Those of a user.' })
  userId?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'Those of a service account.' })
  serviceAccountId?: string | null;
}

/** Whom an input names as the owner, or null. Throws INVALID_INPUT when it names two. */
export function namedOwner({ userId, serviceAccountId }: ApiKeyFilterInput): KeyOwner | null {
  if (userId != null && serviceAccountId != null) {
    throw fault('serviceAccountId', 'A key has one owner: name a user or a service account.');
  }
  if (userId != null) return { kind: 'user', id: userId.toLowerCase() };
  return serviceAccountId == null ? null : { kind: 'service_account', id: serviceAccountId.toLowerCase() };
}
