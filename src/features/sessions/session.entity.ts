import { defineEntity } from '@mikro-orm/core';
import { lineageColumns } from '../../platform/database/lineage-columns.js';
import { User } from '../users/user.entity.js';

const p = defineEntity.properties;

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().fieldName('user_id').deleteRule('cascade').index(),
    /** The login method that began it: `password` … */
    method: p.string().length(50),
    /** When the user last proved who they are. */
    authTime: p.datetime().length(3),
    /** When they last proved a second factor in it, if they ever did. */
    secondFactorAt: p.datetime().length(3).strictNullable(),
    /** How (RFC 8176). */
    amr: p.json<string[]>(),
    /** The assurance level reached: `aal1` or `aal2`. */
    acr: p.string().length(20),
    deviceLabel: p.string().length(100),
    userAgent: p.string().length(500).strictNullable(),
    ip: p.string().length(45).strictNullable(),
    /** Where that is, as a proxy tells by a header that the operator trusts. */
    place: p.string().length(100).strictNullable(),
    /** What was unusual about its beginning; see `session-flags.policy.ts`. */
    flags: p.json<readonly string[]>(),
    createdAt: p.datetime().length(3),
    /** Written at most once a minute. */
    lastSeenAt: p.datetime().length(3),
    /** Ends then unless refreshed; follows the refresh token within a minute. */
    idleExpiresAt: p.datetime().length(3),
    /** Ends then, whatever happens (ASVS 7.3.2). */
    expiresAt: p.datetime().length(3).index(),
    revokedAt: p.datetime().length(3).strictNullable(),
    revokeReason: p.string().length(50).strictNullable(),
    /** The credentials it was opened with, as `<kind>:<id>`: what ends when they turn out to be an intruder's. */
    openedWith: p.json<readonly string[]>(),
    ...lineageColumns(),
  },
});

/** One signed-in device, and the family of its refresh tokens. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

export { SessionSchema };
