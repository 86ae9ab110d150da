import type { ClientAddress } from '../../http/client-address.js';
import type { Cookies } from '../../http/cookies.js';
import type { Feature } from '../../platform/feature.js';
import type { Metrics } from '../../platform/metrics.js';
import type { LocalRateLimiter } from '../../platform/rate-limiter.js';
import type { ClientAuthenticationService } from '../service-accounts/client-authentication.service.js';
import type { SessionService } from '../sessions/session.service.js';
import type { UserService } from '../users/user.service.js';
import type { ActionIntrospectionService } from './action-introspection.service.js';
import type { AskerService } from './asker.service.js';
import { authenticationErrors, authenticationPermissions } from './authentication.contract.js';
import type { Authenticator } from './authenticator.js';
import { introspectRoute } from './introspect.route.js';
import type { IntrospectionService } from './introspection.service.js';
import type { KeyCheckService } from './key-check.service.js';
import { metadataRoute } from './metadata.route.js';
import { metricsRoute } from './metrics.route.js';
import type { RevocationService } from './revocation.service.js';
import { revokeRoute } from './revoke.route.js';
import { validateRoute } from './validate.route.js';
import type { ValidationService } from './validation.service.js';
import { ViewerSessionsResolver } from './viewer-sessions.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';

interface Services {
  readonly askers: AskerService;
  readonly authenticator: Authenticator;
  readonly introspection: IntrospectionService;
  readonly actionIntrospection: ActionIntrospectionService;
  readonly keyChecks: KeyCheckService;
  readonly validation: ValidationService;
  readonly metrics: Metrics;
  readonly budgets: { readonly introspection: LocalRateLimiter; readonly validation: LocalRateLimiter };
  readonly clientAuthentication: ClientAuthenticationService;
  readonly revocation: RevocationService;
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
  routes: [introspectRoute, revokeRoute, validateRoute, metadataRoute, metricsRoute],
  jobs: [],
  errors: [authenticationErrors],
  events: [],
  permissions: authenticationPermissions,
};
