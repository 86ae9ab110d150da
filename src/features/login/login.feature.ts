import type { Feature } from '../../platform/feature.js';
import { loginDeferred, loginErrors, loginFailed, loginSucceeded } from './login.contract.js';
import { loginMethods } from './methods/index.js';
import { signUpErrors, signUpRepeated } from './sign-up/sign-up.contract.js';
import { SignUpResolver } from './sign-up/sign-up.resolver.js';

export const loginFeature: Feature<object> = {
  name: 'login',
  needs: ['users', 'sessions', 'lockout'],
  entities: loginMethods.flatMap(({ entities }) => entities),
  resolvers: [SignUpResolver, ...loginMethods.flatMap(({ resolvers }) => resolvers)],
  routes: [],
  jobs: [],
  errors: [loginErrors, signUpErrors, ...loginMethods.flatMap(({ errors }) => errors)],
  events: [
    loginSucceeded,
    loginDeferred,
    loginFailed,
    signUpRepeated,
    ...loginMethods.flatMap(({ events }) => events),
  ],
  permissions: {},
};
