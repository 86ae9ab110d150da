import type { Feature } from '../../platform/feature.js';
import { activateAccountMail } from './activation/activate-account.mail.js';
import { ActivationResolver } from './activation/activation.resolver.js';
import {
  factorRemovalConfirmed,
  factorRemovalErrors,
  factorRemovalPermissions,
  factorRemovalRequested,
  factorRemovalWithdrawn,
} from './factor-removal/factor-removal.contract.js';
import { FactorRemovalSchema } from './factor-removal/factor-removal.entity.js';
import { FactorRemovalResolver } from './factor-removal/factor-removal.resolver.js';
import { personalFactorRemovals } from './factor-removal/factor-removal-personal-data.js';
import { factorRemovalRequestedMail } from './factor-removal/factor-removal-requested.mail.js';
import { factorsRemovedByAdminsMail } from './factor-removal/factors-removed-by-admins.mail.js';
import { loginDeferred, loginErrors, loginFailed, loginSucceeded } from './login.contract.js';
import { loginDemandsErrors } from './login-demands/login-demands.contract.js';
import { loginMethods } from './methods/index.js';
import { PasswordChangeResolver } from './password-change/password-change.resolver.js';
import { passwordResetRequested } from './password-reset/password-reset.contract.js';
import { PasswordResetResolver } from './password-reset/password-reset.resolver.js';
import { resetPasswordMail } from './password-reset/reset-password.mail.js';
import { PasswordStrengthResolver } from './password-strength/password-strength.resolver.js';
import { SecondFactorRequirementResolver } from './second-factor/second-factor-requirement.resolver.js';
import { SecondFactorResolver } from './second-factor/second-factor.resolver.js';
import { accountExistsMail } from './sign-up/account-exists.mail.js';
import { signUpCompleted, signUpErrors, signUpRepeated } from './sign-up/sign-up.contract.js';
import { SignUpResolver } from './sign-up/sign-up.resolver.js';

export const loginFeature: Feature<object> = {
  name: 'login',
  needs: ['users', 'access', 'mfa', 'sessions', 'api-keys', 'lockout', 'challenges'],
  entities: [FactorRemovalSchema, ...loginMethods.flatMap(({ entities }) => entities)],
  resolvers: [
    SignUpResolver,
    PasswordResetResolver,
    PasswordChangeResolver,
    PasswordStrengthResolver,
    ActivationResolver,
    FactorRemovalResolver,
    SecondFactorResolver,
    SecondFactorRequirementResolver,
    ...loginMethods.flatMap(({ resolvers }) => resolvers),
  ],
  routes: [],
  jobs: [],
  errors: [
    loginErrors,
    loginDemandsErrors,
    signUpErrors,
    factorRemovalErrors,
    ...loginMethods.flatMap(({ errors }) => errors),
  ],
  events: [
    loginSucceeded,
    loginDeferred,
    loginFailed,
    signUpCompleted,
    signUpRepeated,
    passwordResetRequested,
    factorRemovalRequested,
    factorRemovalConfirmed,
    factorRemovalWithdrawn,
    ...loginMethods.flatMap(({ events }) => events),
  ],
  permissions: factorRemovalPermissions,
  mails: [
    accountExistsMail,
    resetPasswordMail,
    activateAccountMail,
    factorRemovalRequestedMail,
    factorsRemovedByAdminsMail,
    ...loginMethods.flatMap(({ mails }) => mails),
  ],
  personalData: [personalFactorRemovals, ...loginMethods.flatMap(({ personalData }) => personalData)],
};
