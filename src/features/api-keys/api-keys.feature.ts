import type { Feature } from '../../platform/feature.js';
import { ApiKeySchema } from './api-key.entity.js';
import { ApiKeyResolver } from './api-key.resolver.js';
import type { ApiKeyService } from './api-key.service.js';
import type { ApiKeyChangeService } from './api-key-change.service.js';
import { apiKeyCreatedMail } from './api-key-created.mail.js';
import { apiKeyExpiringMail } from './api-key-expiring.mail.js';
import type { ApiKeyListService } from './api-key-list.service.js';
import {
  ApiKeyListResolver,
  ServiceAccountApiKeysResolver,
  UserApiKeysResolver,
} from './api-key-list.resolver.js';
import type { ApiKeyNoticeService } from './api-key-notice.service.js';
import { personalApiKeys } from './api-key-personal-data.js';
import {
  apiKeyCreated,
  apiKeyErrors,
  apiKeyExpiryNoticed,
  apiKeyPermissions,
  apiKeyRevoked,
  apiKeyRotated,
  apiKeyUpdated,
} from './api-keys.contract.js';
import { notifyExpiringApiKeysJob } from './notify-expiring-api-keys.job.js';
import { purgeApiKeysJob } from './purge-api-keys.job.js';

interface Services {
  readonly apiKeys: ApiKeyService;
  readonly apiKeyChanges: ApiKeyChangeService;
  readonly apiKeyLists: ApiKeyListService;
  readonly apiKeyNotices: ApiKeyNoticeService;
}

export const apiKeysFeature: Feature<Services> = {
  name: 'api-keys',
  needs: ['users', 'access', 'service-accounts'],
  entities: [ApiKeySchema],
  resolvers: [ApiKeyResolver, ApiKeyListResolver, UserApiKeysResolver, ServiceAccountApiKeysResolver],
  routes: [],
  jobs: [notifyExpiringApiKeysJob, purgeApiKeysJob],
  errors: [apiKeyErrors],
  events: [apiKeyCreated, apiKeyUpdated, apiKeyRotated, apiKeyRevoked, apiKeyExpiryNoticed],
  permissions: apiKeyPermissions,
  personalData: [personalApiKeys],
  mails: [apiKeyCreatedMail, apiKeyExpiringMail],
};
