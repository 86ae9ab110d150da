import type { Feature } from '../../platform/feature.js';
import { accessErrors, accessPermissions, roleAssigned, roleRevoked } from './access.contract.js';
import { RoleSchema } from './role.entity.js';
import { RoleAssignmentSchema } from './role-assignment.entity.js';

export const accessFeature: Feature<object> = {
  name: 'access',
  needs: [],
  entities: [RoleSchema, RoleAssignmentSchema],
  resolvers: [],
  routes: [],
  jobs: [],
  errors: [accessErrors],
  events: [roleAssigned, roleRevoked],
  permissions: accessPermissions,
};
