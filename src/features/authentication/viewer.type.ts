import { Field, ObjectType } from 'type-graphql';
import { DateTime, EmailAddress, Uuid } from '../../graphql/scalars.js';

@ObjectType({ description: 'How sure it is that the caller is who they say they are.' })
export class Assurance {
  @Field(() => String, { description: '`aal1` or `aal2` (NIST SP 800-63B).' })
  acr!: string;

  @Field(() => [String], { description: 'How it was proved, by the names of RFC 8176.' })
  amr!: string[];

  @Field(() => DateTime, { description: 'When it was last proved.' })
  authTime!: Date;
}

@ObjectType({ description: 'The caller: whoever the request’s credential belongs to.' })
export class Viewer {
  @Field(() => String, { description: '`user`, `service_account` or `api_key`.' })
  kind!: string;

  @Field(() => Uuid, { description: 'The id of the user, service account or API key.' })
  id!: string;

  @Field(() => Uuid, { nullable: true, description: 'For an API key: the id of whom it acts for.' })
  ownerId!: string | null;

  @Field(() => EmailAddress, { nullable: true, description: 'The user’s e-mail address.' })
  email!: string | null;

  @Field(() => [String], { description: 'The roles held.' })
  roles!: string[];

  @Field(() => [String], { description: 'Everything the caller may do, by name.' })
  permissions!: string[];

  @Field(() => Assurance, { nullable: true, description: 'For a user: how they signed in.' })
  assurance!: Assurance | null;
}
