import type { Feature } from '../../platform/feature.js';
import {
  accessErrors,
  accessPermissions,
  groupCreated,
  groupDeleted,
  groupMemberAdded,
  groupMemberRemoved,
  groupUpdated,
  roleAssigned,
  roleCreated,
  roleDeleted,
  roleRevoked,
  roleUpdated,
} from './access.contract.js';
import type { AccessService } from './access.service.js';
import { GroupMemberSchema } from './groups/group-member.entity.js';
import { GroupSchema } from './groups/group.entity.js';
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
  entities: [RoleSchema, RoleAssignmentSchema, GroupSchema, GroupMemberSchema],
  resolvers: [RoleResolver, UserRolesResolver],
  routes: [],
  jobs: [],
  errors: [accessErrors],
  events: [
    roleCreated,
    roleUpdated,
    roleDeleted,
    roleAssigned,
    roleRevoked,
    groupCreated,
    groupUpdated,
    groupDeleted,
    groupMemberAdded,
    groupMemberRemoved,
  ],
  permissions: accessPermissions,
  personalData: [personalRoles],
};
