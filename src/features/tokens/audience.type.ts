import { Matches, MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { Audience } from './audience.entity.js';

@ObjectType('Audience', { description: 'A resource server that access tokens may be asked for.' })
export class AudienceType implements Pick<Audience, 'id' | 'identifier' | 'description' | 'createdAt'> {
  @Field(() => Uuid, { description: 'The id.' })
  id!: string;

  @Field(() => String, { description: 'The `aud` of its tokens.' })
  identifier!: string;

  @Field(() => String, { description: 'What it is, for people.' })
  description!: string;

  @Field(() => DateTime, { description: 'When it was registered.' })
  createdAt!: Date;
}

@InputType({ description: 'A new audience.' })
export class RegisterAudienceInput {
  @Field(() => String, {
    description:
      'The `aud` of its tokens: a name like `orders-api` or a URI, 1 to 200 characters, no spaces.',
  })
  @Matches(/^[\x21-\x7e]{1,200}$/)
  identifier!: string;

  @Field(() => String, { defaultValue: '', description: 'What it is, for people; up to 500 characters.' })
  @MaxLength(500)
  description!: string;
}

@ObjectType({ description: 'The audience that was registered.' })
export class RegisterAudiencePayload {
  @Field(() => AudienceType, { description: 'The new audience.' })
  audience!: AudienceType;
}
