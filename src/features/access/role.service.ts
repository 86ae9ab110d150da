import { type Caller, hasPermission } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import type { UserAdminService } from '../users/user-admin.service.js';
import type { Fragment, UserSearchService } from '../users/user-search.service.js';
import type { AccessService } from './access.service.js';
import type { AccountGuardService } from './account-guard.service.js';
import { ADMIN_ROLE } from './built-in-roles.js';
import { Role } from './role.entity.js';

/** Which role of which user. */
export interface UserRole {
  readonly userId: string;
  readonly role: string;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly userAdmin: UserAdminService;
  readonly userSearch: UserSearchService;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
}

/** What admins do with the roles of users; users themselves have never heard of a role. */
export class RoleService {
  constructor(private readonly deps: Deps) {
    deps.userSearch.narrowByRole(async (role) => await this.holdersOf(role));
    deps.userAdmin.giveRolesWith(async (unit, caller, userId, role) => {
      if (!hasPermission(caller.principal, 'roles:manage')) throw errors.FORBIDDEN();
      await deps.access.assign(unit, caller, { kind: 'user', id: userId }, role);
    });
  }

  /** Throws USER_NOT_FOUND, USER_DELETED, ROLE_UNKNOWN or ROLE_TOO_WIDE. Again changes nothing. */
  async assign(caller: Caller, { userId, role }: UserRole): Promise<User> {
    const { unitOfWork, users, access } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const user = await users.holdWithin(unit, userId);
      await access.assign(unit, caller, { kind: 'user', id: user.id }, role);
      return user;
    });
  }

  /** Throws USER_NOT_FOUND, USER_DELETED, ROLE_UNKNOWN, USER_TOO_POWERFUL or LAST_ADMIN. Again changes nothing. */
  async revoke(caller: Caller, { userId, role }: UserRole): Promise<User> {
    const { unitOfWork, users, access, accountGuard } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const user = await users.holdWithin(unit, userId);
      if (role === ADMIN_ROLE) await accountGuard.assertNotLastAdmin(unit, user.id);
      await accountGuard.assertMayManage(unit, caller, user.id);
      await access.revoke(unit, caller, { kind: 'user', id: user.id }, role);
      return user;
    });
  }

  /** SQL that selects the ids of its holders. */
  private async holdersOf(name: string): Promise<Fragment> {
    const role = await this.deps.em.fork().findOne(Role, { name });
    if (!role) return { sql: 'select holder_id from role_assignments where false', values: [] };
    return {
      sql: `select holder_id from role_assignments where holder_kind = 'user' and role_id = ?`,
      values: [role.id],
    };
  }
}
