import { ClientAuthenticationService } from '../features/service-accounts/client-authentication.service.js';
import { ClientCredentialsService } from '../features/service-accounts/client-credentials.service.js';
import { ClientSecretNoticeService } from '../features/service-accounts/client-secret-notice.service.js';
import { ClientSecretService } from '../features/service-accounts/client-secret.service.js';
import { LiveClientService } from '../features/service-accounts/live-client.service.js';
import { LiveMachineTokenService } from '../features/service-accounts/live-machine-token.service.js';
import { MachineTokenService } from '../features/service-accounts/machine-token.service.js';
import { ServiceAccountService } from '../features/service-accounts/service-account.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  DepsOf<typeof ServiceAccountService> &
  DepsOf<typeof LiveClientService> &
  Pick<DepsOf<typeof ClientCredentialsService>, 'tokens'>;

/** Floor 4: machines, their secrets and their tokens. */
export function buildMachines(below: Below) {
  const serviceAccounts = new ServiceAccountService(below);
  const liveClients = new LiveClientService(below);
  return {
    serviceAccounts,
    clientSecrets: new ClientSecretService({ ...below, serviceAccounts }),
    clientSecretNotices: new ClientSecretNoticeService(below),
    clientAuthentication: new ClientAuthenticationService({ ...below, liveClients }),
    clientCredentials: new ClientCredentialsService(below),
    machineTokens: new MachineTokenService(below),
    liveMachineTokens: new LiveMachineTokenService(below),
  };
}
