import { ActionIntrospectionService } from '../features/authentication/action-introspection.service.js';
import { AskerService } from '../features/authentication/asker.service.js';
import { IntrospectionService } from '../features/authentication/introspection.service.js';
import { KeyCheckService } from '../features/authentication/key-check.service.js';
import { ValidationService } from '../features/authentication/validation.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  DepsOf<typeof AskerService> &
  Omit<DepsOf<typeof ActionIntrospectionService>, 'issuer'> &
  Omit<DepsOf<typeof IntrospectionService>, 'issuer' | 'ownAudience'> &
  Omit<DepsOf<typeof ValidationService>, 'ownAudience'>;

/** Floor 6: what resource servers and gateways are told of a credential. */
export function buildIntrospection(below: Below) {
  const { audience: ownAudience, issuer } = below.config;
  return {
    askers: new AskerService(below),
    introspection: new IntrospectionService({ ...below, ownAudience, issuer }),
    actionIntrospection: new ActionIntrospectionService({ ...below, issuer }),
    keyChecks: new KeyCheckService({ ...below, ownAudience }),
    validation: new ValidationService({ ...below, ownAudience }),
  };
}
