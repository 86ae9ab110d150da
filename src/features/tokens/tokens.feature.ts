import type { Feature } from '../../platform/feature.js';
import { AudienceSchema } from './audience.entity.js';
import { AudienceResolver } from './audience.resolver.js';
import type { AudienceService } from './audience.service.js';
import { audienceRegistered, tokenErrors, tokenPermissions } from './tokens.contract.js';

export const tokensFeature: Feature<{ audiences: AudienceService }> = {
  name: 'tokens',
  needs: ['signing-keys'],
  entities: [AudienceSchema],
  resolvers: [AudienceResolver],
  routes: [],
  jobs: [],
  errors: [tokenErrors],
  events: [audienceRegistered],
  permissions: tokenPermissions,
};
