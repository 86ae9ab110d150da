import type { Feature } from '../../platform/feature.js';
import { ApiKeySchema } from './api-key.entity.js';

export const apiKeysFeature: Feature<object> = {
  name: 'api-keys',
  needs: ['users', 'access'],
  entities: [ApiKeySchema],
  resolvers: [],
  routes: [],
  jobs: [],
  errors: [],
  events: [],
  permissions: {},
};
