import type { JobDefinition } from '../../platform/feature.js';
import type { LockoutService } from './lockout.service.js';

/** Deletes counters that no longer count. */
export const purgeFailureCountersJob: JobDefinition<{ readonly lockout: LockoutService }> = {
  name: 'purge-failure-counters',
  schedule: '23 3 * * *',
  run: ({ lockout }) => lockout.purge(),
};
