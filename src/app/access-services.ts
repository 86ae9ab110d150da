import { AccessService } from '../features/access/access.service.js';
import { AccountGuardService } from '../features/access/account-guard.service.js';
import { GroupService } from '../features/access/groups/group.service.js';
import { GroupMemberService } from '../features/access/groups/group-member.service.js';
import { RoleHoldersService } from '../features/access/role-holders.service.js';
import { RoleService } from '../features/access/role.service.js';
import { RoleAssignmentService } from '../features/access/role-assignment.service.js';
import type { UserService } from '../features/users/user.service.js';
import type { UserAdminService } from '../features/users/user-admin.service.js';
import type { UserSearchService } from '../features/users/user-search.service.js';
import type { Infrastructure } from './infrastructure.js';

interface Below extends Infrastructure {
  readonly registry: ReadonlySet<string>;
  readonly users: UserService;
  readonly userAdmin: UserAdminService;
  readonly userSearch: UserSearchService;
}

/** Floor 3: who may do what, by which roles, and in which groups. */
export function buildAccess(below: Below) {
  const access = new AccessService(below);
  const accountGuard = new AccountGuardService({ ...below, access });
  const floor3 = { ...below, access, accountGuard };
  return {
    access,
    accountGuard,
    roles: new RoleService(floor3),
    roleHolders: new RoleHoldersService(floor3),
    roleAssignments: new RoleAssignmentService(floor3),
    groups: new GroupService(floor3),
    groupMembers: new GroupMemberService(floor3),
  };
}
