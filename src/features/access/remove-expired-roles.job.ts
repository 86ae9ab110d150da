import type { JobDefinition } from '../../platform/feature.js';
import type { RoleAssignmentService } from './role-assignment.service.js';

/** Every five minutes: what has expired, and counts for nothing since, goes. */
export const removeExpiredRolesJob: JobDefinition<{ roleAssignments: RoleAssignmentService }> = {
  name: 'remove-expired-roles',
  schedule: '*/5 * * * *',
  run: async ({ roleAssignments }) => {
    await roleAssignments.removeExpired();
  },
};
