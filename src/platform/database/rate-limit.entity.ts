import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

/** Spent budgets, in the shape that rate-limiter-flexible reads and writes. */
export const RateLimitSchema = defineEntity({
  name: 'RateLimit',
  tableName: 'rate_limit',
  properties: {
    key: p.string().length(255).primary(),
    points: p.integer().default(0),
    /** Milliseconds since the epoch. */
    expire: p.bigint('number').strictNullable().index(),
  },
});
