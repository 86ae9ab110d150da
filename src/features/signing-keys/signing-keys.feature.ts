import type { Feature } from '../../platform/feature.js';
import { jwksRoute } from './jwks.route.js';
import { rotateSigningKeysJob } from './rotate-signing-keys.job.js';
import { SigningKeySchema } from './signing-key.entity.js';
import { SigningKeyResolver } from './signing-key.resolver.js';
import type { SigningKeyService } from './signing-key.service.js';
import { signingKeyErrors, signingKeyPermissions, signingKeyRotated } from './signing-keys.contract.js';

export const signingKeysFeature: Feature<{ signingKeys: SigningKeyService }> = {
  name: 'signing-keys',
  needs: [],
  entities: [SigningKeySchema],
  resolvers: [SigningKeyResolver],
  routes: [jwksRoute],
  jobs: [rotateSigningKeysJob],
  errors: [signingKeyErrors],
  events: [signingKeyRotated],
  permissions: signingKeyPermissions,
};
