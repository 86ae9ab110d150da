import type { Feature } from '../../platform/feature.js';
import { loginErrors, loginFailed, loginSucceeded } from './login.contract.js';
import { loginMethods } from './methods/index.js';

export const loginFeature: Feature<object> = {
  name: 'login',
  needs: ['users', 'sessions', 'lockout'],
  entities: loginMethods.flatMap(({ entities }) => entities),
  resolvers: loginMethods.flatMap(({ resolvers }) => resolvers),
  routes: [],
  jobs: [],
  errors: [loginErrors, ...loginMethods.flatMap(({ errors }) => errors)],
  events: [loginSucceeded, loginFailed, ...loginMethods.flatMap(({ events }) => events)],
  permissions: {},
};
