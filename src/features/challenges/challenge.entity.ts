import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

/** What a challenge carries from its issue to its burning: JSON values. Readable in the database: no secrets. */
export type ChallengeData = Readonly<Record<string, unknown>>;

/** `token`: 256 random bits, found by their hash. `code`: six digits, good only together with the id. */
export type ChallengeForm = 'token' | 'code';

const ChallengeSchema = defineEntity({
  name: 'Challenge',
  tableName: 'challenges',
  // Subject first: all challenges of a person are revoked at once as often as those of one purpose.
  indexes: [{ properties: ['subject', 'purpose'] }, { properties: ['expiresAt'] }],
  properties: {
    id: p.uuid().primary(),
    purpose: p.string().length(50),
    form: p.string().$type<ChallengeForm>().length(5),
    /** Whom it was issued for, or null where nobody is known yet (the state of an OAuth login). */
    subject: p.string().length(200).strictNullable(),
    /** The same for all challenges that replace each other, so that only one of them can exist. */
    slot: p.string().length(255).strictNullable().unique(),
    secretHash: p.string().length(64).unique(),
    attempts: p.integer(),
    maxAttempts: p.integer(),
    data: p.json<ChallengeData>(),
    expiresAt: p.datetime(3),
    consumedAt: p.datetime(3).strictNullable(),
    createdAt: p.datetime(3),
  },
});

/** A single-use secret that was given out: only its hash is kept. */
export class Challenge extends ChallengeSchema.class {}
ChallengeSchema.setClass(Challenge);

export { ChallengeSchema };
