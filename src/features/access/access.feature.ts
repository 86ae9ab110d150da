import type { Feature } from '../../platform/feature.js';
import { accessErrors, accessPermissions, roleAssigned, roleRevoked } from './access.contract.js';
import type { AccessService } from './access.service.js';
import { personalRoles } from './role-personal-data.js';
import { RoleSchema } from './role.entity.js';
import { RoleResolver, UserRolesResolver } from './role.resolver.js';
import type { RoleService } from './role.service.js';
import { RoleAssignmentSchema } from './role-assignment.entity.js';

interface Services {
  readonly access: AccessService;
  readonly roles: RoleService;
}

export const accessFeature: Feature<Services> = {
  name: 'access',
  needs: ['users'],
  entities: [RoleSchema, RoleAssignmentSchema],
  resolvers: [RoleResolver, UserRolesResolver],
  routes: [],
  jobs: [],
  errors: [accessErrors],
  events: [roleAssigned, roleRevoked],
  permissions: accessPermissions,
  personalData: [personalRoles],
};
