import type { Feature } from '../../platform/feature.js';
import { ApiKeySchema } from './api-key.entity.js';
import { ApiKeyResolver, UserApiKeysResolver } from './api-key.resolver.js';
import type { ApiKeyService } from './api-key.service.js';
import { personalApiKeys } from './api-key-personal-data.js';
import {
  apiKeyCreated,
  apiKeyErrors,
  apiKeyPermissions,
  apiKeyRevoked,
  apiKeyRotated,
  apiKeyUpdated,
} from './api-keys.contract.js';

export const apiKeysFeature: Feature<{ apiKeys: ApiKeyService }> = {
  name: 'api-keys',
  needs: ['users', 'access', 'service-accounts'],
  entities: [ApiKeySchema],
  resolvers: [ApiKeyResolver, UserApiKeysResolver],
  routes: [],
  jobs: [],
  errors: [apiKeyErrors],
  events: [apiKeyCreated, apiKeyUpdated, apiKeyRotated, apiKeyRevoked],
  permissions: apiKeyPermissions,
  personalData: [personalApiKeys],
};
