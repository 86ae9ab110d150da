import { IsNotEmpty, MaxLength } from 'class-validator';
import { ArgsType, Field, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../../graphql/page.type.js';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { RevokedSessions } from './session-admin.service.js';
import { SessionType } from './session.type.js';

/** The arguments of a list of sessions to look at. */
@ArgsType()
export class SuspiciousSessionsArgs extends PageArgs {
  @Field(() => DateTime, { nullable: true, description: 'Only those that began at or after this time.' })
  since?: Date | null;
}

@InputType({
  description: 'Which sessions are meant: those that fit all that is given, which is at least one.',
})
export class SessionFilterInput {
  @Field(() => Uuid, { nullable: true, description: 'Only those of this user.' })
  userId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only those that began in this network: in CIDR notation such as `203.0.113.0/24`, or by an address, which ' +
      'means its /24, or its /64 for IPv6.',
  })
  @IsNotEmpty()
  @MaxLength(60)
  network?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only those on this device, by its label, or by a part of its user agent in whatever case.',
  })
  @IsNotEmpty()
  @MaxLength(200)
  agent?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Only those that began at or after this time.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only those that began before this time.' })
  to?: Date | null;
}

@InputType({ description: 'Which sessions to end.' })
export class RevokeSessionsInput {
  @Field(() => SessionFilterInput, { description: 'Which ones.' })
  filter!: SessionFilterInput;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether only to tell which would end.' })
  dryRun!: boolean;
}

@ObjectType({ description: 'The sessions that ended, or would have.' })
export class RevokeSessionsPayload {
  @Field(() => Boolean, { description: 'Whether it was only to tell.' })
  dryRun!: boolean;

  @Field(() => Int, { description: 'How many.' })
  count!: number;

  @Field(() => Int, {
    description: 'How many more go on because their users may do more than the caller: nobody manages those.',
  })
  skipped!: number;

  @Field(() => [SessionType], {
    description: 'The first hundred of them, oldest first, as they were; none without `sessions:read`.',
  })
  sessions!: SessionType[];

  static of(dryRun: boolean, { count, skipped, sessions }: RevokedSessions): RevokeSessionsPayload {
    const shown = sessions.map((session) => SessionType.of(session));
    return Object.assign(new RevokeSessionsPayload(), { dryRun, count, skipped, sessions: shown });
  }
}
