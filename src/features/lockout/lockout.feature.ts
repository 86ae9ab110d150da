import type { Feature } from '../../platform/feature.js';
import { FailureCounterSchema } from './failure-counter.entity.js';
import { lockoutCleared, lockoutErrors, lockoutStarted } from './lockout.contract.js';
import type { LockoutService } from './lockout.service.js';
import { personalCounters } from './lockout-personal-data.js';
import { purgeFailureCountersJob } from './purge-failure-counters.job.js';

export const lockoutFeature: Feature<{ readonly lockout: LockoutService }> = {
  name: 'lockout',
  needs: [],
  entities: [FailureCounterSchema],
  resolvers: [],
  routes: [],
  jobs: [purgeFailureCountersJob],
  errors: [lockoutErrors],
  events: [lockoutStarted, lockoutCleared],
  permissions: {},
  personalData: [personalCounters],
};
