import type { Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Feature } from '../../platform/feature.js';
import { credentialsRemovedMail } from './lineage/credentials-removed.mail.js';
import { lineageRevoked } from './lineage/lineage.contract.js';
import { LineageResolver } from './lineage/lineage.resolver.js';
import { newSignInMail } from './new-sign-in.mail.js';
import { purgeSessionsJob } from './purge-sessions.job.js';
import { RefreshTokenSchema } from './refresh-token.entity.js';
import { SessionSchema } from './session.entity.js';
import { sessionPersonalData } from './session-personal-data.js';
import { SessionResolver, UserSessionsResolver } from './session.resolver.js';
import { SessionAdminResolver } from './session-admin.resolver.js';
import { SessionTimelineResolver } from './session-timeline.resolver.js';
import { SessionSubscription } from './session.subscription.js';
import {
  refreshTokenReused,
  sessionCreated,
  sessionErrors,
  sessionPermissions,
  sessionReauthenticated,
  sessionRevoked,
} from './sessions.contract.js';

export const sessionsFeature: Feature<{ em: EntityManager; clock: Clock }> = {
  name: 'sessions',
  needs: ['users', 'tokens', 'access'],
  entities: [SessionSchema, RefreshTokenSchema],
  resolvers: [
    SessionResolver,
    UserSessionsResolver,
    LineageResolver,
    SessionAdminResolver,
    SessionTimelineResolver,
    SessionSubscription,
  ],
  routes: [],
  jobs: [purgeSessionsJob],
  errors: [sessionErrors],
  events: [sessionCreated, sessionReauthenticated, sessionRevoked, refreshTokenReused, lineageRevoked],
  permissions: sessionPermissions,
  personalData: sessionPersonalData,
  mails: [newSignInMail, credentialsRemovedMail],
};
