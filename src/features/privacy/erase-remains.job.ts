import type { JobDefinition } from '../../platform/feature.js';
import type { RetentionService } from './retention.service.js';

/** Every few minutes: what was still written about people who have just been erased goes as well. */
export const eraseRemainsJob: JobDefinition<{ retention: RetentionService }> = {
  name: 'erase-remains',
  schedule: '*/5 * * * *',
  run: async ({ retention }) => await retention.eraseRemains(),
};
