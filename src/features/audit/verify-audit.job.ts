import type { JobDefinition } from '../../platform/feature.js';
import type { Logger } from '../../platform/logger.js';
import type { AuditService } from './audit.service.js';

/** Every night: a broken chain is an error in the log; a whole one leaves its head there, outside the database. */
export const verifyAuditJob: JobDefinition<{ audit: AuditService; logger: Logger }> = {
  name: 'verify-audit',
  schedule: '17 3 * * *',
  run: async ({ audit, logger }) => {
    const verdict = await audit.verify();
    if (verdict.valid) logger.info({ verdict }, 'the audit chain verifies');
    else logger.error({ verdict }, 'the audit chain is broken');
  },
};
