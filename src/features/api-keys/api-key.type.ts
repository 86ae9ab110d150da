import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { type Rule, signedIn } from '../../graphql/allow.js';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import { errors } from '../../kernel/errors.js';
import type { ApiKey } from './api-key.entity.js';
import type { KeyOwner } from './api-key-owner.service.js';

const ApiKeyOwnerKindEnum = { USER: 'user', SERVICE_ACCOUNT: 'service_account' } as const;
registerEnumType(ApiKeyOwnerKindEnum, {
  name: 'ApiKeyOwnerKind',
  description: 'Who can own an API key.',
  valuesConfig: {
    USER: { description: 'A person.' },
    SERVICE_ACCOUNT: { description: 'A machine with an identity of its own.' },
  },
});

@ObjectType('ApiKeyOwner', { description: 'Whose an API key is; that never changes.' })
export class ApiKeyOwnerType implements KeyOwner {
  @Field(() => ApiKeyOwnerKindEnum, { description: 'What kind of account it is.' })
  kind!: KeyOwner['kind'];

  @Field(() => Uuid, { description: 'The id of the user or the service account.' })
  id!: string;
}

@ObjectType('ApiKey', {
  description: 'A long-lived credential for scripts and services that act for a user or a service account.',
})
export class ApiKeyType {
  @Field(() => Uuid, { description: 'The id; it stands in the key itself, without the dashes.' })
  id!: string;

  @Field(() => ApiKeyOwnerType, { description: 'Whose it is.' })
  owner!: ApiKeyOwnerType;

  @Field(() => String, { description: 'What its owner calls it.' })
  name!: string;

  @Field(() => [String], {
    description:
      'The permissions that it was given, by name; it has those of them that its owner holds as well.',
  })
  scopes!: string[];

  @Field(() => [String], {
    description: 'The networks (CIDR) that it may be used from; none: from everywhere.',
  })
  allowedNetworks!: string[];

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it expires.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute; null if it never was.',
  })
  lastUsedAt!: Date | null;

  @Field(() => Uuid, { nullable: true, description: 'The key that it has replaced, if it did.' })
  rotatedFromId!: string | null;

  static of({ ownerKind, ownerId, scopes, allowedNetworks, ...key }: ApiKey): ApiKeyType {
    const { id, name, createdAt, expiresAt, lastUsedAt, rotatedFromId } = key;
    const owner = Object.assign(new ApiKeyOwnerType(), { kind: ownerKind, id: ownerId });
    const lists = { scopes: [...scopes], allowedNetworks: [...allowedNetworks] };
    const facts = { id, owner, name, createdAt, expiresAt, lastUsedAt, rotatedFromId };
    return Object.assign(new ApiKeyType(), { ...facts, ...lists });
  }
}

/**
 * Whoever can own keys and is no key themself. An access token is good for its scopes alone: only the client secret makes
 * a machine the owner of its keys.
 */
export const keyOwner: Rule = {
  description: 'a signed-in user or a service account with its client secret',
  kinds: ['user', 'service_account'],
  judge: (question) => {
    const { principal } = question.caller;
    if (principal.kind !== 'service_account') return signedIn.judge(question);
    return principal.byAccessToken ? errors.FORBIDDEN() : true;
  },
};

/** A page of API keys. */
export const ApiKeyConnection = connectionOf('ApiKey', ApiKeyType);

@ObjectType({ description: 'The new key.' })
export class CreateApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The key, without its secret.' })
  apiKey!: ApiKeyType;

  @Field(() => String, {
    description: 'The key itself, for `X-API-Key` or `Authorization: Bearer`: shown once, here.',
  })
  secret!: string;
}

@ObjectType({ description: 'The changed key.' })
export class UpdateApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The key as it is now.' })
  apiKey!: ApiKeyType;
}

@ObjectType({ description: 'The key that replaces another.' })
export class RotateApiKeyPayload {
  @Field(() => ApiKeyType, { description: 'The new key, without its secret.' })
  apiKey!: ApiKeyType;

  @Field(() => String, { description: 'The new key itself: shown once, here.' })
  secret!: string;
}

@ObjectType({ description: 'The key has ended.' })
export class RevokeApiKeyPayload {
  @Field(() => Uuid, { description: 'The key’s id.' })
  apiKeyId!: string;
}
