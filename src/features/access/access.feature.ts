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
import { accessDecisionsErrors } from './decisions/access-decisions.contract.js';
import { AccessDecisionResolver } from './decisions/access-decision.resolver.js';
import type { AccessDecisionService } from './decisions/access-decision.service.js';
import { GroupSchema } from './groups/group.entity.js';
import { GroupResolver } from './groups/group.resolver.js';
import type { GroupService } from './groups/group.service.js';
import { GroupMemberSchema } from './groups/group-member.entity.js';
import {
  GroupFieldsResolver,
  GroupMemberResolver,
  UserGroupsResolver,
} from './groups/group-member.resolver.js';
import type { GroupMemberService } from './groups/group-member.service.js';
import { personalGroups } from './groups/group-personal-data.js';
import type { DeclaredPermission } from './permissions-file.js';
import { removeExpiredRolesJob } from './remove-expired-roles.job.js';
import { personalRoles } from './role-personal-data.js';
import { RoleSchema } from './role.entity.js';
import { RoleResolver } from './role.resolver.js';
import type { RoleService } from './role.service.js';
import { RoleWideningSchema } from './role-widening.entity.js';
import { accessRulesErrors } from './rules/access-rules.contract.js';
import { RoleAssignmentSchema } from './role-assignment.entity.js';
import { RoleAssignmentResolver, UserRolesResolver } from './role-assignment.resolver.js';
import type { RoleAssignmentService } from './role-assignment.service.js';

interface Services {
  readonly access: AccessService;
  readonly accessDecisions: AccessDecisionService;
  readonly roles: RoleService;
  readonly roleAssignments: RoleAssignmentService;
  readonly groups: GroupService;
  readonly groupMembers: GroupMemberService;
  readonly declaredPermissions: readonly DeclaredPermission[];
}

export const accessFeature: Feature<Services> = {
  name: 'access',
  needs: ['users'],
  entities: [RoleSchema, RoleWideningSchema, RoleAssignmentSchema, GroupSchema, GroupMemberSchema],
  resolvers: [
    RoleResolver,
    RoleAssignmentResolver,
    UserRolesResolver,
    GroupResolver,
    GroupMemberResolver,
    GroupFieldsResolver,
    UserGroupsResolver,
    AccessDecisionResolver,
  ],
  routes: [],
  jobs: [removeExpiredRolesJob],
  errors: [accessErrors, accessRulesErrors, accessDecisionsErrors],
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
  personalData: [personalRoles, personalGroups],
};
