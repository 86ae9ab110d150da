import type { Caller } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import { lockoutCleared } from '../lockout/lockout.contract.js';
import {
  emailChanged,
  userDeactivated,
  userDeleted,
  userReactivated,
  userUpdated,
} from '../users/users.contract.js';
import { accessErrors } from './access.contract.js';
import type { AccessService } from './access.service.js';
import { ADMIN_ROLE } from './built-in-roles.js';
import { heldRoles } from './held-roles.js';
import type { Role } from './role.entity.js';
import type { RoleHolder } from './role-assignment.entity.js';

/** Which of these users can sign in by it. */
export type WayIn = (em: EntityManager, userIds: readonly string[]) => Promise<readonly string[]>;

/** What somebody may hold a role by, one of these. */
export type WayToHold =
  | { readonly userId: string }
  | { readonly assignmentId: string }
  | { readonly groupId: string }
  | { readonly membershipId: string };

interface AdminWay {
  readonly userId: string;
  readonly status: string;
  readonly assignmentId: string;
  readonly groupId: string | null;
  readonly membershipId: string | null;
}

interface Deps {
  readonly bus: EventBus;
  readonly access: AccessService;
}

/**
 * Stands between admins and the accounts they manage, whatever they do and whoever offers it: nobody manages
 * somebody who may do more than they, and the last active system admin stays. It refuses inside the transaction
 * of the change, so that what it refuses has not happened.
 */
export class AccountGuardService {
  private readonly waysIn: WayIn[] = [];

  constructor(private readonly deps: Deps) {
    const { bus } = deps;
    bus.within(userUpdated, async (event, unit) => await this.judge(event, unit));
    bus.within(userReactivated, async (event, unit) => await this.judge(event, unit));
    bus.within(lockoutCleared, async (event, unit) => await this.judge(event, unit));
    bus.within(emailChanged, async (event, unit) => {
      // Otherwise a mailed secret has proved that it is the owner, whoever is signed in where the link is opened.
      if (event.payload['by'] === 'admin') await this.judge(event, unit);
    });
    for (const definition of [userDeactivated, userDeleted]) {
      bus.within(definition, async (event, unit) => {
        await this.judge(event, unit);
        await this.assertNotLastAdmin(unit, event.subject.id);
      });
    }
  }

  /** Lets a way to sign in say who has it: an admin who was invited and never came keeps nothing going. */
  countWhoSignInBy(way: WayIn): void {
    this.waysIn.push(way);
  }

  /**
   * Throws USER_TOO_POWERFUL when the user holds a permission that the caller does not. Users may always manage
   * themselves, and the system everybody.
   */
  async assertMayManage(unit: Unit, caller: Caller, userId: string): Promise<void> {
    const { principal } = caller;
    if (principal.kind === 'user' && principal.id === userId) return;
    const held = await this.deps.access.permissionsWithin(unit, { kind: 'user', id: userId });
    if (!(await this.deps.access.mayGive(unit, caller, held))) throw accessErrors.USER_TOO_POWERFUL();
  }

  /** As `assertMayManage`, of whoever holds roles. A group is as powerful as its members are, by whatever they hold. */
  async assertMayTake(unit: Unit, caller: Caller, holder: RoleHolder): Promise<void> {
    if (holder.kind === 'user') {
      await this.assertMayManage(unit, caller, holder.id);
      return;
    }
    const held = await this.deps.access.permissionsWithin(unit, holder);
    const theirs = holder.kind === 'group' ? await permissionsOfMembers(unit, holder.id) : [];
    if (!(await this.deps.access.mayGive(unit, caller, [...held, ...theirs]))) {
      throw accessErrors.USER_TOO_POWERFUL();
    }
  }

  /**
   * As `assertMayManage`, of all who hold a role, themselves or through a group: whoever changes what it means for them
   * takes from each.
   */
  async assertMayManageHolders(unit: Unit, caller: Caller, { id }: Pick<Role, 'id'>): Promise<void> {
    const { principal } = caller;
    const own = principal.kind === 'user' ? principal.id : null;
    if (!(await this.deps.access.mayGive(unit, caller, await permissionsOfHolders(unit, id, own)))) {
      throw accessErrors.USER_TOO_POWERFUL();
    }
  }

  /** Throws LAST_ADMIN when without this user nobody who can sign in would be a system admin for good. */
  async assertNotLastAdmin(unit: Unit, userId: string): Promise<void> {
    await this.assertAdminWithout(unit, { userId });
  }

  /**
   * Throws LAST_ADMIN when nobody who can sign in would hold the role of the system admin for good, by themself or
   * through a group, once what is named is gone. Who holds it until some day keeps nothing going: on that day nobody
   * would be asked. To be called in the transaction that takes it away, before that is done: until it commits, nobody
   * else gets past here.
   */
  async assertAdminWithout({ em, now }: Unit, gone: WayToHold): Promise<void> {
    // Two admins who remove each other: the second waits here, and then finds the first one's work done.
    await em.execute('select from roles where name = ? for no key update', [ADMIN_ROLE]);
    const ways: AdminWay[] = await em.execute(
      `select u.id as "userId", u.status, held.assignment_id as "assignmentId", held.group_id as "groupId",
         held.membership_id as "membershipId"
       from ${heldRoles('?::timestamptz')} as held join users u on u.id = held.holder_id
       where held.holder_kind = 'user' and held.name = ? and held.expires_at is null`,
      [now.toISOString(), ADMIN_ROLE],
    );
    const isGone = (way: AdminWay): boolean =>
      Object.entries(gone).every(([name, id]) => Reflect.get(way, name) === id);
    if (!ways.some(isGone)) return;
    const others = ways.filter((way) => !isGone(way) && way.status === 'active');
    if (!(await this.anyCanSignIn(em, [...new Set(others.map(({ userId }) => userId))]))) {
      throw accessErrors.LAST_ADMIN();
    }
  }

  /** Whether `assertAdminWithout` would refuse: for those who leave that one in place, and go on. */
  async isLastWayOfAdmin(unit: Unit, gone: WayToHold): Promise<boolean> {
    try {
      await this.assertAdminWithout(unit, gone);
      return false;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'LAST_ADMIN') return true;
      throw error;
    }
  }

  private async anyCanSignIn(em: EntityManager, userIds: readonly string[]): Promise<boolean> {
    if (userIds.length === 0) return false;
    for (const way of this.waysIn) {
      if ((await way(em, userIds)).length > 0) return true;
    }
    return false;
  }

  private async judge({ caller, subject }: DomainEvent, unit: Unit): Promise<void> {
    await this.assertMayManage(unit, caller, subject.id);
  }
}

async function permissionsOfMembers({ em, now }: Unit, groupId: string): Promise<string[]> {
  const rows: { permission: string }[] = await em.execute(
    `select distinct permission from group_members m
     join ${heldRoles('?::timestamptz')} as held on held.holder_kind = 'user' and held.holder_id = m.user_id
     cross join jsonb_array_elements_text(held.permissions) as permission where m.group_id = ?::uuid`,
    [now.toISOString(), groupId],
  );
  return rows.map(({ permission }) => permission);
}

/** Of whoever holds a role, but for one user: what they may do, by whatever they hold. */
async function permissionsOfHolders(
  { em, now }: Unit,
  roleId: string,
  but: string | null,
): Promise<string[]> {
  const rows: { permission: string }[] = await em.execute(
    `select distinct permission from ${heldRoles('?::timestamptz')} as mine
     join ${heldRoles('?::timestamptz')} as held
       on held.holder_kind = mine.holder_kind and held.holder_id = mine.holder_id
     cross join jsonb_array_elements_text(held.permissions) as permission
     where mine.role_id = ?::uuid and mine.holder_id is distinct from ?::uuid`,
    [now.toISOString(), now.toISOString(), roleId, but],
  );
  return rows.map(({ permission }) => permission);
}
