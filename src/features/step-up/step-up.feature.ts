import type { Feature } from '../../platform/feature.js';
import { ActionResolver } from './action.resolver.js';
import { ReauthenticationResolver } from './reauthentication.resolver.js';
import {
  actionConfirmed,
  actionTokenConsumed,
  reauthenticationRefused,
  stepUpErrors,
} from './step-up.contract.js';

export const stepUpFeature: Feature<object> = {
  name: 'step-up',
  needs: ['mfa', 'sessions', 'tokens', 'challenges', 'lockout'],
  entities: [],
  resolvers: [ReauthenticationResolver, ActionResolver],
  routes: [],
  jobs: [],
  errors: [stepUpErrors],
  events: [reauthenticationRefused, actionConfirmed, actionTokenConsumed],
  permissions: {},
};
