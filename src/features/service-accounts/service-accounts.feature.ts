import type { ClientAddress } from '../../http/client-address.js';
import type { Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Feature } from '../../platform/feature.js';
import type { ClientAuthenticationService } from './client-authentication.service.js';
import type { ClientCredentialsService } from './client-credentials.service.js';
import { ClientSecretSchema } from './client-secret.entity.js';
import { clientSecretExpiringMail } from './client-secret-expiring.mail.js';
import type { ClientSecretNoticeService } from './client-secret-notice.service.js';
import { personalClientSecrets } from './client-secret-personal-data.js';
import { ClientSecretResolver } from './client-secret.resolver.js';
import type { ClientSecretService } from './client-secret.service.js';
import { MachineTokenSchema } from './machine-token.entity.js';
import { notifyExpiringClientSecretsJob } from './notify-expiring-client-secrets.job.js';
import { purgeClientSecretsJob } from './purge-client-secrets.job.js';
import { purgeMachineTokensJob } from './purge-machine-tokens.job.js';
import { ServiceAccountSchema } from './service-account.entity.js';
import { ServiceAccountResolver } from './service-account.resolver.js';
import type { ServiceAccountService } from './service-account.service.js';
import {
  clientSecretCreated,
  clientSecretExpiryNoticed,
  clientSecretRevoked,
  clientSecretRotated,
  machineTokenRevoked,
  serviceAccountCreated,
  serviceAccountDisabled,
  serviceAccountErrors,
  serviceAccountPermissions,
  serviceAccountUpdated,
} from './service-accounts.contract.js';
import { tokenRoute } from './token.route.js';

interface Services {
  readonly serviceAccounts: ServiceAccountService;
  readonly clientSecrets: ClientSecretService;
  readonly clientSecretNotices: ClientSecretNoticeService;
  readonly clientAuthentication: ClientAuthenticationService;
  readonly clientCredentials: ClientCredentialsService;
  readonly clientAddress: ClientAddress;
  readonly em: EntityManager;
  readonly clock: Clock;
}

export const serviceAccountsFeature: Feature<Services> = {
  name: 'service-accounts',
  needs: ['users', 'tokens', 'access'],
  entities: [ServiceAccountSchema, ClientSecretSchema, MachineTokenSchema],
  resolvers: [ServiceAccountResolver, ClientSecretResolver],
  routes: [tokenRoute],
  jobs: [notifyExpiringClientSecretsJob, purgeClientSecretsJob, purgeMachineTokensJob],
  errors: [serviceAccountErrors],
  events: [
    serviceAccountCreated,
    serviceAccountUpdated,
    serviceAccountDisabled,
    clientSecretCreated,
    clientSecretRotated,
    clientSecretRevoked,
    clientSecretExpiryNoticed,
    machineTokenRevoked,
  ],
  permissions: serviceAccountPermissions,
  personalData: [personalClientSecrets],
  mails: [clientSecretExpiringMail],
};
