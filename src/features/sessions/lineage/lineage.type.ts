import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../graphql/scalars.js';
import type { PlantedCredential } from '../../../platform/credential-kind.js';
import type { Uprooted } from './uprooting.service.js';

@ObjectType({
  description: 'Something that a session created: it opens an account, or widens what somebody may do.',
})
export class CreatedCredential {
  @Field(() => String, {
    description:
      '`totp`, `passkey`, `email_code`, `recovery_code` (the whole set), `trusted_device`, `api_key`, `role` (given ' +
      'to somebody), `service_account` (with its client secret) or `password` (set for somebody, or for its own user).',
  })
  kind!: string;

  @Field(() => Uuid, {
    description: 'Its id: that of the factor, device, key, assignment or account; of a password, its user’s.',
  })
  id!: string;

  @Field(() => Uuid, { nullable: true, description: 'Whose account it is good for; null for no user’s.' })
  userId!: string | null;

  @Field(() => String, { nullable: true, description: 'What its owner calls it, or the name of the role.' })
  name!: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => Uuid, {
    nullable: true,
    description: 'The session that created it; null for what a service account created.',
  })
  createdBySessionId!: string | null;

  static of({ kind, id, userId, name, createdAt, createdBySessionId }: PlantedCredential): CreatedCredential {
    // A password has no id but that of its user, and the time since when it is the one.
    const shown = { kind, id: id.split(':')[0] ?? id, userId, name, createdAt, createdBySessionId };
    return Object.assign(new CreatedCredential(), shown);
  }
}

@InputType({ description: 'Which session’s work to undo.' })
export class RevokeEverythingFromInput {
  @Field(() => Uuid, { description: 'The session’s id; it may have ended long ago.' })
  sessionId!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether only to tell what would go. Nothing changes, and nobody is written to.',
  })
  dryRun!: boolean;
}

@ObjectType({ description: 'What went, or would go.' })
export class RevokeEverythingFromPayload {
  @Field(() => Uuid, { description: 'The session.' })
  sessionId!: string;

  @Field(() => Boolean, { description: 'Whether it was only to tell.' })
  dryRun!: boolean;

  @Field(() => [CreatedCredential], { description: 'What was removed.' })
  revoked!: CreatedCredential[];

  @Field(() => [CreatedCredential], {
    description:
      'What stays: in accounts that are not the caller’s to change; the role of the last system admin; and, for an ' +
      'admin, second factors without which the user would have none (`disableSecondFactorForUser`).',
  })
  kept!: CreatedCredential[];

  @Field(() => [Uuid], {
    description:
      'The sessions that were ended: that one, unless the caller asks through it, and those opened with what it created.',
  })
  endedSessionIds!: string[];

  static of(
    input: RevokeEverythingFromInput,
    { revoked, kept, endedSessionIds }: Uprooted,
  ): RevokeEverythingFromPayload {
    return Object.assign(new RevokeEverythingFromPayload(), {
      ...input,
      revoked: revoked.map((each) => CreatedCredential.of(each)),
      kept: kept.map((each) => CreatedCredential.of(each)),
      endedSessionIds: [...endedSessionIds],
    });
  }
}
