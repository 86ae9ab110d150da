import type { Feature } from '../../platform/feature.js';
import type { Logger } from '../../platform/logger.js';
import { auditPersonalData } from './audit-personal-data.js';
import { auditPermissions } from './audit.contract.js';
import { AuditResolver } from './audit.resolver.js';
import type { AuditService } from './audit.service.js';
import { AuditEventSchema } from './audit-event.entity.js';
import { AuditHeadSchema } from './audit-head.entity.js';
import { AuditPersonalSchema } from './audit-personal.entity.js';
import { ForgottenKeySchema } from './forgotten-key.entity.js';
import { verifyAuditJob } from './verify-audit.job.js';

export const auditFeature: Feature<{ audit: AuditService; logger: Logger }> = {
  name: 'audit',
  needs: [],
  entities: [AuditEventSchema, AuditPersonalSchema, AuditHeadSchema, ForgottenKeySchema],
  resolvers: [AuditResolver],
  routes: [],
  jobs: [verifyAuditJob],
  errors: [],
  events: [],
  permissions: auditPermissions,
  personalData: auditPersonalData,
};
