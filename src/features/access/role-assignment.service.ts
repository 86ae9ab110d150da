import { type Caller, hasPermission, systemCaller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Clock } from '../../kernel/clock.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import type { UserAdminService } from '../users/user-admin.service.js';
import type { Fragment, UserSearchService } from '../users/user-search.service.js';
import type { AccessService } from './access.service.js';
import type { AccountGuardService } from './account-guard.service.js';
import { ADMIN_ROLE } from './built-in-roles.js';
import { holdGroup } from './groups/held-group.js';
import { getRole, holdRole, TO_CHANGE } from './held-role.js';
import { heldRoles } from './held-roles.js';
import { holdMembersOf } from './held-users.js';
import { Role } from './role.entity.js';
import type { RoleAssignment, RoleHolder } from './role-assignment.entity.js';
import { isLater } from './role-term.policy.js';

/** So many expired assignments are taken away in one unit. */
const BATCH = 500;

/** Which role of whom. */
export interface HeldRole {
  readonly holder: RoleHolder;
  readonly role: string;
}

/** Who was given a role, or lost one; the user only where it is one. */
export interface Outcome {
  readonly user: User | null;
  readonly assignment: RoleAssignment | null;
}

type HoldServiceAccount = (unit: Unit, id: string) => Promise<void>;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly users: UserService;
  readonly userAdmin: UserAdminService;
  readonly userSearch: UserSearchService;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
}

/** What admins do with the roles of users, groups and machines; users themselves have never heard of a role. */
export class RoleAssignmentService {
  private holdServiceAccount: HoldServiceAccount = async () => {
    throw errors.NOT_FOUND();
  };

  constructor(private readonly deps: Deps) {
    deps.userSearch.narrowByRole(async (role) => await this.holdersOf(role));
    deps.userAdmin.giveRolesWith(async (unit, caller, userId, role) => {
      if (!hasPermission(caller.principal, 'roles:manage')) throw errors.FORBIDDEN();
      await deps.access.assign(unit, caller, { kind: 'user', id: userId }, role);
    });
  }

  /** Lets the owner of service accounts hold one, or refuse that there is one. */
  holdServiceAccountsWith(hold: HoldServiceAccount): void {
    this.holdServiceAccount = hold;
  }

  /**
   * Gives a role until `expiresAt`, or for good; given again it changes the expiry alone. Nobody gives to somebody
   * else who may do more than they. Throws INVALID_INPUT for an expiry that is over, USER_NOT_FOUND, USER_DELETED,
   * GROUP_NOT_FOUND, ROLE_UNKNOWN, ROLE_TOO_WIDE, USER_TOO_POWERFUL or LAST_ADMIN.
   */
  async assign(
    caller: Caller,
    { holder, role: roleName, expiresAt }: HeldRole & { readonly expiresAt: Date | null },
  ): Promise<Outcome> {
    const { unitOfWork, access } = this.deps;
    return await unitOfWork.run(async (unit) => {
      if (expiresAt !== null && expiresAt <= unit.now) throw isOver();
      if (holder.kind === 'group') await holdMembersOf(unit, holder.id);
      const user = await this.hold(unit, holder);
      // Whoever finds a shorter hold on the role of the admin would lock it twice, and two of them wait in a circle.
      const role = await holdRole(unit, roleName, roleName === ADMIN_ROLE ? TO_CHANGE : undefined);
      const held = await access.findAssignment(unit, holder, role);
      if (held && isLater(held.expiresAt, expiresAt)) await this.assertMayShorten(unit, caller, held);
      await access.assignUntil(unit, caller, { holder, roleName, expiresAt });
      // A role can be a burden, such as a second factor that its holders must have.
      await this.deps.accountGuard.assertMayTake(unit, caller, holder);
      return { user, assignment: await access.findAssignment(unit, holder, role) };
    });
  }

  /**
   * Takes a role away; again changes nothing. Throws USER_NOT_FOUND, USER_DELETED, GROUP_NOT_FOUND, ROLE_UNKNOWN,
   * USER_TOO_POWERFUL or LAST_ADMIN.
   */
  async revoke(caller: Caller, { holder, role: roleName }: HeldRole): Promise<Outcome> {
    const { unitOfWork, access } = this.deps;
    return await unitOfWork.run(async (unit) => {
      const user = await this.hold(unit, holder);
      const role = await getRole(unit, roleName);
      const held = await access.findAssignment(unit, holder, role);
      if (held) await this.assertMayShorten(unit, caller, held);
      else await this.deps.accountGuard.assertMayTake(unit, caller, holder);
      await access.revoke(unit, caller, holder, roleName);
      return { user, assignment: null };
    });
  }

  /** Takes away what has expired, and says so; it counts for nothing since then anyway. How many there were. */
  async removeExpired(): Promise<number> {
    for (let removed = 0; ; ) {
      const batch = await this.removeBatch();
      removed += batch;
      if (batch < BATCH) return removed;
    }
  }

  private async removeBatch(): Promise<number> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const gone: { kind: RoleHolder['kind']; id: string; role: string }[] = await unit.em.execute(
        `delete from role_assignments a using roles r where r.id = a.role_id and a.id in (
           select id from role_assignments where expires_at <= ?::timestamptz
           order by id limit ${BATCH} for update skip locked
         ) returning a.holder_kind as kind, a.holder_id as id, r.name as role`,
        [unit.now.toISOString()],
      );
      for (const { kind, id, role } of gone) {
        const end = { holder: { kind, id }, role, reason: 'expired' } as const;
        this.deps.access.tellOfEnd(unit, systemCaller('expiry'), end);
      }
      return gone.length;
    });
  }

  private async assertMayShorten(unit: Unit, caller: Caller, held: RoleAssignment): Promise<void> {
    const { accountGuard } = this.deps;
    const { id: assignmentId, holderKind: kind, holderId: id, role } = held;
    if (role.name === ADMIN_ROLE) await accountGuard.assertAdminWithout(unit, { assignmentId });
    await accountGuard.assertMayTake(unit, caller, { kind, id });
  }

  /** Until the transaction ends, and before the role. */
  private async hold(unit: Unit, { kind, id }: RoleHolder): Promise<User | null> {
    if (kind === 'user') return await this.deps.users.holdWithin(unit, id);
    if (kind === 'group') await holdGroup(unit, id);
    else await this.holdServiceAccount(unit, id);
    return null;
  }

  /** SQL that selects the ids of its holders. */
  private async holdersOf(name: string): Promise<Fragment> {
    const role = await this.deps.em.fork().findOne(Role, { name });
    if (!role) return { sql: 'select holder_id from role_assignments where false', values: [] };
    return {
      sql: `select distinct held.holder_id from ${heldRoles('?::timestamptz')} as held
            where held.holder_kind = 'user' and held.role_id = ?`,
      values: [this.deps.clock.now().toISOString(), role.id],
    };
  }
}

function isOver() {
  const reasons = ['It lies in the future, or is left out.'];
  return errors.INVALID_INPUT({ details: { fields: [{ field: 'expiresAt', reasons }] } });
}
