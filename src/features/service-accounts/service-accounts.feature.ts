import type { Feature } from '../../platform/feature.js';
import type { AudienceService } from '../tokens/audience.service.js';
import { ClientSecretSchema } from './client-secret.entity.js';
import { MachineTokenSchema } from './machine-token.entity.js';
import { ServiceAccountSchema } from './service-account.entity.js';
import { ServiceAccountResolver } from './service-account.resolver.js';
import type { ServiceAccountService } from './service-account.service.js';
import {
  clientSecretCreated,
  clientSecretRevoked,
  clientSecretRotated,
  machineTokenIssued,
  machineTokenRevoked,
  serviceAccountCreated,
  serviceAccountDisabled,
  serviceAccountErrors,
  serviceAccountPermissions,
  serviceAccountUpdated,
} from './service-accounts.contract.js';

export const serviceAccountsFeature: Feature<{
  serviceAccounts: ServiceAccountService;
  audiences: AudienceService;
}> = {
  name: 'service-accounts',
  needs: ['tokens', 'access'],
  entities: [ServiceAccountSchema, ClientSecretSchema, MachineTokenSchema],
  resolvers: [ServiceAccountResolver],
  routes: [],
  jobs: [],
  errors: [serviceAccountErrors],
  events: [
    serviceAccountCreated,
    serviceAccountUpdated,
    serviceAccountDisabled,
    clientSecretCreated,
    clientSecretRotated,
    clientSecretRevoked,
    machineTokenIssued,
    machineTokenRevoked,
  ],
  permissions: serviceAccountPermissions,
};
