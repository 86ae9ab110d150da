import { accountPagesRoute } from '../../http/account-pages.route.js';
import type { Config } from '../../platform/config/config.js';
import type { Feature } from '../../platform/feature.js';
import { confirmNewEmailMail } from './confirm-new-email.mail.js';
import { EmailChangeResolver } from './email-change.resolver.js';
import type { EmailChangeService } from './email-change.service.js';
import { accountDeactivatedMail } from './account-deactivated.mail.js';
import { accountDeletedMail } from './account-deleted.mail.js';
import { emailChangedByAdminMail } from './email-changed-by-admin.mail.js';
import { emailChangedMail } from './email-changed.mail.js';
import type { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationResolver } from './email-verification.resolver.js';
import type { EmailVerificationService } from './email-verification.service.js';
import { ProfileResolver } from './profile.resolver.js';
import type { ProfileService } from './profile.service.js';
import { ExportUsersResolver } from './export-users.resolver.js';
import type { ExportUsersService } from './export-users.service.js';
import { ImportUsersResolver } from './import-users.resolver.js';
import type { ImportUsersService } from './import-users.service.js';
import { personalUsers } from './user-personal-data.js';
import { UserSchema } from './user.entity.js';
import type { LockedUsersService } from '../lockout/locked-users.service.js';
import { UserResolver } from './user.resolver.js';
import type { UserService } from './user.service.js';
import { UserAdminResolver } from './user-admin.resolver.js';
import type { UserAdminService } from './user-admin.service.js';
import { UserHistoryResolver } from './user-history.resolver.js';
import type { UserHistoryService } from './user-history.service.js';
import { UserSearchResolver } from './user-search.resolver.js';
import type { UserSearchService } from './user-search.service.js';
import type { UserStatusService } from './user-status.service.js';
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
  usersExported,
  usersImported,
  userUpdated,
} from './users.contract.js';
import { verifyEmailMail } from './verify-email.mail.js';

interface Services {
  readonly config: Config;
  readonly users: UserService;
  readonly userAdmin: UserAdminService;
  readonly userStatus: UserStatusService;
  readonly userSearch: UserSearchService;
  readonly userHistory: UserHistoryService;
  readonly importUsers: ImportUsersService;
  readonly exportUsers: ExportUsersService;
  readonly lockedUsers: LockedUsersService;
  readonly emailVerification: EmailVerificationService;
  readonly emailChange: EmailChangeService;
  readonly emailUndo: EmailUndoService;
  readonly profiles: ProfileService;
}

export const usersFeature: Feature<Services> = {
  name: 'users',
  needs: ['challenges', 'lockout'],
  entities: [UserSchema],
  resolvers: [
    UserResolver,
    UserSearchResolver,
    UserAdminResolver,
    UserHistoryResolver,
    ImportUsersResolver,
    ExportUsersResolver,
    EmailVerificationResolver,
    EmailChangeResolver,
    ProfileResolver,
  ],
  routes: [accountPagesRoute],
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
    usersImported,
    usersExported,
  ],
  permissions: userPermissions,
  personalData: [personalUsers],
  mails: [
    verifyEmailMail,
    confirmNewEmailMail,
    emailChangedMail,
    emailChangedByAdminMail,
    accountDeactivatedMail,
    accountDeletedMail,
  ],
};
