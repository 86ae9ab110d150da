import type { Feature } from '../../platform/feature.js';
import { UserSchema } from './user.entity.js';
import { UserResolver } from './user.resolver.js';
import type { UserService } from './user.service.js';
import {
  emailChanged,
  emailVerified,
  userCreated,
  userDeactivated,
  userDeleted,
  userErrors,
  userPermissions,
  userReactivated,
  userUpdated,
} from './users.contract.js';

export const usersFeature: Feature<{ users: UserService }> = {
  name: 'users',
  needs: [],
  entities: [UserSchema],
  resolvers: [UserResolver],
  routes: [],
  jobs: [],
  errors: [userErrors],
  events: [
    userCreated,
    userUpdated,
    emailVerified,
    emailChanged,
    userDeactivated,
    userReactivated,
    userDeleted,
  ],
  permissions: userPermissions,
};
