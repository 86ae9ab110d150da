import { IsIP, Length, MaxLength, ValidateNested } from 'class-validator';
import { Field, InputType, registerEnumType } from 'type-graphql';
import { JSONObject, Uuid } from '../../../graphql/scalars.js';

export const AccessPrincipalKind = {
  USER: 'user',
  SERVICE_ACCOUNT: 'service_account',
  API_KEY: 'api_key',
} as const;
registerEnumType(AccessPrincipalKind, {
  name: 'AccessPrincipalKind',
  description: 'Who can be asked about.',
  valuesConfig: {
    USER: { description: 'A person with an account.' },
    SERVICE_ACCOUNT: { description: 'A service account, with its client secret.' },
    API_KEY: { description: 'An API key.' },
  },
});

@InputType({ description: 'What something is done to.' })
export class AccessResourceInput {
  @Field(() => String, {
    description:
      'What it is, such as `order`. The product itself knows `user`, `session` and `api_key`, and whose they are.',
  })
  @Length(1, 100)
  type!: string;

  @Field(() => String, { nullable: true, description: 'Which one; at most 200 characters.' })
  @MaxLength(200)
  id?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'What rules may need to know of it, in your own words. For a field of the schema: its arguments.',
  })
  attributes?: Record<string, unknown> | null;
}

@InputType({ description: 'Who would do what to what.' })
export class ExplainAccessInput {
  @Field(() => AccessPrincipalKind, { description: 'What the id is of.' })
  principalKind!: (typeof AccessPrincipalKind)[keyof typeof AccessPrincipalKind];

  @Field(() => Uuid, { description: 'The id of the user, service account or API key.' })
  principalId!: string;

  @Field(() => String, {
    description:
      'A permission (`users:read`), a field of Query, Mutation or Subscription (`revokeSession`), or another (`User.sessions`).',
  })
  @MaxLength(200)
  action!: string;

  @Field(() => AccessResourceInput, { nullable: true, description: 'What it would be done to.' })
  @ValidateNested()
  resource?: AccessResourceInput | null;

  @Field(() => Uuid, {
    nullable: true,
    description:
      'For a user: the session they would do it in. Without it every proof that is asked for is missing.',
  })
  sessionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address that they would do it from; without it none is known.',
  })
  @IsIP()
  ip?: string | null;
}
