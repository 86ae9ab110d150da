import type { Feature } from '../../platform/feature.js';
import { confirmNewEmailMail } from './confirm-new-email.mail.js';
import { EmailChangeResolver } from './email-change.resolver.js';
import type { EmailChangeService } from './email-change.service.js';
import { emailChangedMail } from './email-changed.mail.js';
import type { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationResolver } from './email-verification.resolver.js';
import type { EmailVerificationService } from './email-verification.service.js';
import { ProfileResolver } from './profile.resolver.js';
import type { ProfileService } from './profile.service.js';
import { UserSchema } from './user.entity.js';
import { UserResolver } from './user.resolver.js';
import type { UserService } from './user.service.js';
import {
  emailChanged,
  emailChangeRequested,
  emailVerificationRequested,
  emailVerified,
  userCreated,
  userDeactivated,
  userDeleted,
  userErrors,
  userPermissions,
  userReactivated,
  userUpdated,
} from './users.contract.js';
import { verifyEmailMail } from './verify-email.mail.js';

interface Services {
  readonly users: UserService;
  readonly emailVerification: EmailVerificationService;
  readonly emailChange: EmailChangeService;
  readonly emailUndo: EmailUndoService;
  readonly profiles: ProfileService;
}

export const usersFeature: Feature<Services> = {
  name: 'users',
  needs: [],
  entities: [UserSchema],
  resolvers: [UserResolver, EmailVerificationResolver, EmailChangeResolver, ProfileResolver],
  routes: [],
  jobs: [],
  errors: [userErrors],
  events: [
    userCreated,
    userUpdated,
    emailVerificationRequested,
    emailVerified,
    emailChangeRequested,
    emailChanged,
    userDeactivated,
    userReactivated,
    userDeleted,
  ],
  permissions: userPermissions,
  mails: [verifyEmailMail, confirmNewEmailMail, emailChangedMail],
};
