import type { Feature } from '../../platform/feature.js';
import { activateAccountMail } from './activation/activate-account.mail.js';
import { ActivationResolver } from './activation/activation.resolver.js';
import { FactorRemovalSchema } from './factor-removal/factor-removal.entity.js';
import { loginDeferred, loginErrors, loginFailed, loginSucceeded } from './login.contract.js';
import { loginMethods } from './methods/index.js';
import { PasswordChangeResolver } from './password-change/password-change.resolver.js';
import { passwordResetRequested } from './password-reset/password-reset.contract.js';
import { PasswordResetResolver } from './password-reset/password-reset.resolver.js';
import { resetPasswordMail } from './password-reset/reset-password.mail.js';
import { PasswordStrengthResolver } from './password-strength/password-strength.resolver.js';
import { SecondFactorResolver } from './second-factor/second-factor.resolver.js';
import { accountExistsMail } from './sign-up/account-exists.mail.js';
import { signUpCompleted, signUpErrors, signUpRepeated } from './sign-up/sign-up.contract.js';
import { SignUpResolver } from './sign-up/sign-up.resolver.js';

export const loginFeature: Feature<object> = {
  name: 'login',
  needs: ['users', 'access', 'mfa', 'sessions', 'lockout', 'challenges'],
  entities: [FactorRemovalSchema, ...loginMethods.flatMap(({ entities }) => entities)],
  resolvers: [
    SignUpResolver,
    PasswordResetResolver,
    PasswordChangeResolver,
    PasswordStrengthResolver,
    ActivationResolver,
    SecondFactorResolver,
    ...loginMethods.flatMap(({ resolvers }) => resolvers),
  ],
  routes: [],
  jobs: [],
  errors: [loginErrors, signUpErrors, ...loginMethods.flatMap(({ errors }) => errors)],
  events: [
    loginSucceeded,
    loginDeferred,
    loginFailed,
    signUpCompleted,
    signUpRepeated,
    passwordResetRequested,
    ...loginMethods.flatMap(({ events }) => events),
  ],
  permissions: {},
  mails: [
    accountExistsMail,
    resetPasswordMail,
    activateAccountMail,
    ...loginMethods.flatMap(({ mails }) => mails),
  ],
  personalData: loginMethods.flatMap(({ personalData }) => personalData),
};
