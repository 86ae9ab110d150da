import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../graphql/page.type.js';
import { DateTime, JSONObject, Uuid } from '../../graphql/scalars.js';
import type { AuditEntry } from './audit.service.js';

@ObjectType('AuditEvent', { description: 'One link of the audit chain: something that happened.' })
export class AuditEventType {
  @Field(() => Uuid, { description: 'The id of the event.' })
  id!: string;

  @Field(() => Int, { description: 'Its place in the chain: 1, 2, 3 … without a gap.' })
  sequence!: number;

  @Field(() => String, { description: 'What happened, as `noun.past_participle`.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was committed.' })
  occurredAt!: Date;

  @Field(() => String, {
    description: 'Who did it: `user`, `service_account`, `api_key`, `anonymous` or `system`.',
  })
  actorKind!: string;

  @Field(() => Uuid, {
    nullable: true,
    description: 'The id of the user or service account who did it; of an API key, of its owner.',
  })
  actorId!: string | null;

  @Field(() => Uuid, {
    nullable: true,
    description:
      'What it was done through: a session, an API key, or a machine’s client secret or access token.',
  })
  actorSessionId!: string | null;

  @Field(() => String, { description: 'The kind of thing it happened to.' })
  subjectType!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The id of the thing it happened to; null where the reader may not know the user whom it concerns.',
  })
  subjectId!: string | null;

  @Field(() => Uuid, {
    nullable: true,
    description: 'The user whose account it concerns; null as well where the reader may not know them.',
  })
  userId!: string | null;

  @Field(() => JSONObject, { description: 'Facts of the event; never a secret, never personal data.' })
  payload!: object;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Personal facts (address, agent, e-mail), or null once they were erased.',
  })
  personal!: object | null;

  @Field(() => String, { description: 'The link hash: HMAC-SHA256, hexadecimal.' })
  hash!: string;

  static of({ event, personal }: AuditEntry): AuditEventType {
    return Object.assign(new AuditEventType(), event, { personal });
  }
}

/** A page of audit events. */
export const AuditEventConnection = connectionOf('AuditEvent', AuditEventType);

@ObjectType({ description: 'What a verification of the audit chain found.' })
export class AuditChainVerdict {
  @Field(() => Boolean, { description: 'Whether every link fits.' })
  valid!: boolean;

  @Field(() => Int, { description: 'How many links were checked.' })
  checked!: number;

  @Field(() => Int, { nullable: true, description: 'The first link that does not fit.' })
  brokenAt!: number | null;

  @Field(() => String, { nullable: true, description: 'Why it does not fit.' })
  reason!: string | null;

  @Field(() => Int, { description: 'The last link that fits; keep it and `headHash` outside the database.' })
  headSequence!: number;

  @Field(() => String, { description: 'The hash of that link.' })
  headHash!: string;
}
