import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const FailureCounterSchema = defineEntity({
  name: 'FailureCounter',
  tableName: 'failure_counters',
  // No index on a column that changes: each attempt updates its rows, and without one Postgres does so in place.
  indexes: [
    { properties: ['account'] },
    // The accounts of users among all the counters, for lists of those who are locked.
    {
      name: 'failure_counters_users_index',
      expression: `create index "failure_counters_users_index" on "failure_counters" ("key")
        where starts_with(key, 'account:user:')`,
    },
  ],
  properties: {
    /** `account:…`, `network:…`, `pair:…` or `device:…` with ids and keyed fingerprints: no names, no addresses. */
    key: p.string().length(150).primary(),
    /** The user, or the fingerprint of a name, so that all rows can be cleared; null for a network. */
    account: p.string().length(64).strictNullable(),
    /** Attempts that count: wrong ones, those not judged yet, and right ones until their round ends. */
    failures: p.integer(),
    /** Those among `failures` that are not judged yet. A round lasts as long as there is one. */
    pending: p.integer(),
    /** The failures at the beginning of the round: a success in it takes them away when it ends. */
    prior: p.integer(),
    /** The right attempts of the round. */
    rights: p.integer(),
    firstFailureAt: p.datetime(3),
    lastFailureAt: p.datetime(3),
    /** Kept on a `pair` or `device`: that network or device is known for this account. */
    lastSuccessAt: p.datetime(3).strictNullable(),
  },
});

/** How often somebody was wrong lately: about one account, from one network or device, or about one from there. */
export class FailureCounter extends FailureCounterSchema.class {}
FailureCounterSchema.setClass(FailureCounter);

export { FailureCounterSchema };
