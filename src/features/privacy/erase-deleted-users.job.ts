import type { JobDefinition } from '../../platform/feature.js';
import type { RetentionService } from './retention.service.js';

/** Every night: accounts that were deleted a month ago are erased. */
export const eraseDeletedUsersJob: JobDefinition<{ retention: RetentionService }> = {
  name: 'erase-deleted-users',
  schedule: '23 2 * * *',
  run: async ({ retention }) => await retention.eraseDeleted(),
};
