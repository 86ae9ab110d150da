import type { Feature } from '../../platform/feature.js';
import type { DataExportService } from './data-export.service.js';
import { eraseDeletedUsersJob } from './erase-deleted-users.job.js';
import { eraseRemainsJob } from './erase-remains.job.js';
import type { ErasureService } from './erasure.service.js';
import { platformPersonalData } from './platform-personal-data.js';
import { dataExported, privacyErrors, privacyPermissions, userErased } from './privacy.contract.js';
import { PrivacyResolver } from './privacy.resolver.js';
import type { RetentionService } from './retention.service.js';

interface Services {
  readonly erasure: ErasureService;
  readonly dataExport: DataExportService;
  readonly retention: RetentionService;
}

export const privacyFeature: Feature<Services> = {
  name: 'privacy',
  needs: ['audit', 'users', 'access', 'sessions'],
  entities: [],
  resolvers: [PrivacyResolver],
  routes: [],
  jobs: [eraseDeletedUsersJob, eraseRemainsJob],
  errors: [privacyErrors],
  events: [userErased, dataExported],
  permissions: privacyPermissions,
  personalData: platformPersonalData,
};
