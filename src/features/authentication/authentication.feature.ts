import type { ClientAddress } from '../../http/client-address.js';
import type { Cookies } from '../../http/cookies.js';
import type { Feature } from '../../platform/feature.js';
import type { AccessService } from '../access/access.service.js';
import type { ClientAuthenticationService } from '../service-accounts/client-authentication.service.js';
import type { SessionService } from '../sessions/session.service.js';
import type { UserService } from '../users/user.service.js';
import type { ActionIntrospectionService } from './action-introspection.service.js';
import type { ApiKeyScheme } from './api-key.scheme.js';
import { authenticationErrors, authenticationPermissions } from './authentication.contract.js';
import { introspectRoute } from './introspect.route.js';
import type { IntrospectionService } from './introspection.service.js';
import { metadataRoute } from './metadata.route.js';
import type { SessionScheme } from './session.scheme.js';
import { validateRoute } from './validate.route.js';
import { ViewerSessionsResolver } from './viewer-sessions.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';

interface Services {
  readonly access: AccessService;
  readonly apiKeyScheme: ApiKeyScheme;
  readonly introspection: IntrospectionService;
  readonly actionIntrospection: ActionIntrospectionService;
  readonly clientAuthentication: ClientAuthenticationService;
  readonly sessionScheme: SessionScheme;
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly cookies: Cookies;
  readonly clientAddress: ClientAddress;
  readonly ownAudience: string;
  readonly issuer: string;
  readonly publicUrl: string;
}

export const authenticationFeature: Feature<Services> = {
  name: 'authentication',
  needs: ['sessions', 'service-accounts', 'api-keys'],
  entities: [],
  resolvers: [ViewerResolver, ViewerSessionsResolver],
  routes: [introspectRoute, validateRoute, metadataRoute],
  jobs: [],
  errors: [authenticationErrors],
  events: [],
  permissions: authenticationPermissions,
};
