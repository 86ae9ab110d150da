import { AccessTokenScheme } from '../features/authentication/access-token.scheme.js';
import { ApiKeyScheme } from '../features/authentication/api-key.scheme.js';
import { Authenticator } from '../features/authentication/authenticator.js';
import { ClientSecretScheme } from '../features/authentication/client-secret.scheme.js';
import { MachineScheme } from '../features/authentication/machine.scheme.js';
import { SessionScheme } from '../features/authentication/session.scheme.js';
import type { TokenService } from '../features/tokens/token.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  DepsOf<typeof ApiKeyScheme> &
  DepsOf<typeof ClientSecretScheme> &
  DepsOf<typeof MachineScheme> &
  Omit<DepsOf<typeof SessionScheme>, 'freshSeconds'> & { readonly tokens: TokenService };

/** Floor 6: the ways in which a request says who it is. */
export function buildSchemes(below: Below) {
  const { config } = below;
  const apiKeyScheme = new ApiKeyScheme(below);
  const sessionScheme = new SessionScheme({ ...below, freshSeconds: config.freshSeconds });
  const machineScheme = new MachineScheme(below);
  const accessTokenScheme = new AccessTokenScheme({
    ...below,
    sessionScheme,
    machineScheme,
    audience: config.audience,
  });
  return {
    apiKeyScheme,
    sessionScheme,
    accessTokenScheme,
    authenticator: new Authenticator({
      schemes: [apiKeyScheme, accessTokenScheme, new ClientSecretScheme(below)],
    }),
  };
}
