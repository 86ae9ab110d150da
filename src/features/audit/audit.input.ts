import { Matches, MaxLength, Min } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';

@InputType({ description: 'Narrows a search of the audit trail; absent fields do not.' })
export class AuditEventFilter {
  @Field(() => String, { nullable: true, description: 'Only events of this name.' })
  @MaxLength(100)
  name?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'Only events that concern this user’s account.' })
  userId?: string | null;

  @Field(() => Uuid, { nullable: true, description: 'Only what this user or service account did.' })
  actorId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only events about the thing with this id.' })
  @MaxLength(100)
  subjectId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Only events at or after this time.' })
  since?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only events before this time.' })
  until?: Date | null;
}

@InputType({ description: 'A link of the chain that was kept outside the database.' })
export class AuditChainPointInput {
  @Field(() => Int, { description: 'Its place in the chain.' })
  @Min(1)
  sequence!: number;

  @Field(() => String, { description: 'Its hash, 64 hexadecimal digits.' })
  @Matches(/^[0-9a-f]{64}$/)
  hash!: string;
}
