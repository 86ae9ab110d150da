import { Length } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../graphql/scalars.js';
import type { FactorRemoval } from './factor-removal.entity.js';

@InputType({ description: 'Whose second factors are to go, and why.' })
export class DisableSecondFactorForUserInput {
  @Field(() => Uuid, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String, {
    description: 'Why, for the other admin and the audit trail; 1 to 500 characters. The user is not told.',
  })
  @Length(1, 500)
  reason!: string;
}

@ObjectType({ description: 'The removal waits for another admin.' })
export class DisableSecondFactorForUserPayload {
  @Field(() => Uuid, { description: 'What the other admin confirms.' })
  removalId!: string;

  @Field(() => DateTime, { description: 'Until when they can: 24 hours.' })
  expiresAt!: Date;
}

@InputType({ description: 'Which removal to confirm.' })
export class ConfirmFactorRemovalInput {
  @Field(() => Uuid, { description: 'Its id.' })
  removalId!: string;
}

@ObjectType({ description: 'The second factors are gone.' })
export class ConfirmFactorRemovalPayload {
  @Field(() => Boolean, { description: 'Always true.' })
  confirmed!: boolean;
}

@InputType({ description: 'Which removal to take back.' })
export class WithdrawFactorRemovalInput {
  @Field(() => Uuid, { description: 'Its id.' })
  removalId!: string;
}

@ObjectType({ description: 'The removal will not happen.' })
export class WithdrawFactorRemovalPayload {
  @Field(() => Boolean, { description: 'Always true.' })
  withdrawn!: boolean;
}

@ObjectType('FactorRemoval', {
  description: 'The wish of one admin, for another to confirm, that a user be rid of their second factors.',
})
export class FactorRemovalType {
  @Field(() => Uuid, { description: 'The id.' })
  id!: string;

  @Field(() => Uuid, { description: 'The user whose second factors are to go.' })
  userId!: string;

  @Field(() => Uuid, { description: 'The admin who asked.' })
  askedBy!: string;

  @Field(() => String, { description: 'Why.' })
  reason!: string;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'Until when another admin can confirm it.' })
  expiresAt!: Date;

  static of({ id, userId, askedBy, reason, createdAt, expiresAt }: FactorRemoval): FactorRemovalType {
    const shown = { id, userId, askedBy, reason, createdAt, expiresAt };
    return Object.assign(new FactorRemovalType(), shown);
  }
}
