import { IsNotEmpty, Max, MaxLength, Min } from 'class-validator';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ClientSecret } from './client-secret.entity.js';

/** The longest that a secret may be valid, and that an old one may go on beside the new: ten years, and a week. */
const [MAX_DAYS, MAX_OVERLAP_SECONDS] = [3650, 604_800];
const EXPIRES = `After how many days it expires: 1 to ${MAX_DAYS}; by default never.`;

type Shown = 'id' | 'name' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'rotatedFromId';

@ObjectType('ClientSecret', {
  description: 'An OAuth client secret of a service account, without the secret itself.',
})
export class ClientSecretType implements Pick<ClientSecret, Shown> {
  @Field(() => Uuid, { description: 'The id.' })
  id!: string;

  @Field(() => String, { description: 'What tells it from the others of its account.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it expires, if it does.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was last used, to the minute; null if it never was.',
  })
  lastUsedAt!: Date | null;

  @Field(() => Uuid, {
    nullable: true,
    description: 'The id of the secret in whose place it came, if it did.',
  })
  rotatedFromId!: string | null;

  static of({ id, name, createdAt, expiresAt, lastUsedAt, rotatedFromId }: ClientSecret): ClientSecretType {
    const shown = { id, name, createdAt, expiresAt, lastUsedAt, rotatedFromId };
    return Object.assign(new ClientSecretType(), shown);
  }
}

@InputType({ description: 'A new client secret of a service account.' })
export class CreateClientSecretInput {
  @Field(() => Uuid, { description: 'The account’s id.' })
  serviceAccountId!: string;

  @Field(() => String, { description: 'What tells it from the others of its account: 1 to 100 characters.' })
  @IsNotEmpty()
  @MaxLength(100)
  name!: string;

  @Field(() => Int, { nullable: true, description: EXPIRES })
  @Min(1)
  @Max(MAX_DAYS)
  expiresInDays?: number | null;
}

@InputType({ description: 'Which client secret to replace, and how.' })
export class RotateClientSecretInput {
  @Field(() => Uuid, { description: 'The id of the secret to replace.' })
  clientSecretId!: string;

  @Field(() => Int, {
    defaultValue: 86_400,
    description:
      'How many seconds the old secret goes on working beside the new one, if it does not expire sooner: 0, which ' +
      `ends it at once, to ${MAX_OVERLAP_SECONDS}, which is a week; by default a day.`,
  })
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlapSeconds!: number;

  @Field(() => Int, { nullable: true, description: EXPIRES })
  @Min(1)
  @Max(MAX_DAYS)
  expiresInDays?: number | null;
}

@ObjectType({ description: 'The new client secret.' })
export class CreateClientSecretPayload {
  @Field(() => ClientSecretType, { description: 'What is known of it.' })
  clientSecret!: ClientSecretType;

  @Field(() => String, { description: 'The OAuth `client_secret` itself: shown once, here.' })
  secret!: string;
}

@ObjectType({ description: 'The client secret that replaces the old one.' })
export class RotateClientSecretPayload {
  @Field(() => ClientSecretType, { description: 'What is known of it.' })
  clientSecret!: ClientSecretType;

  @Field(() => String, { description: 'The OAuth `client_secret` itself: shown once, here.' })
  secret!: string;
}

@InputType({ description: 'Which client secret to end.' })
export class RevokeClientSecretInput {
  @Field(() => Uuid, { description: 'The secret’s id.' })
  clientSecretId!: string;
}

@ObjectType({ description: 'The client secret has ended.' })
export class RevokeClientSecretPayload {
  @Field(() => Uuid, { description: 'The secret’s id.' })
  clientSecretId!: string;
}
