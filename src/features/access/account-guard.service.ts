import type { Caller } from '../../kernel/caller.js';
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

/** Which of these users can sign in by it. */
export type WayIn = (em: EntityManager, userIds: readonly string[]) => Promise<readonly string[]>;

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

  /**
   * Throws LAST_ADMIN when without this user nobody who can sign in would hold the role of the system admin. To be
   * called in the transaction that takes the role, or the account, away: until it commits, nobody else gets past here.
   */
  async assertNotLastAdmin({ em }: Unit, userId: string): Promise<void> {
    // Two admins who remove each other: the second waits here, and then finds the first one's work done.
    await em.execute('select from roles where name = ? for no key update', [ADMIN_ROLE]);
    const admins: { id: string; status: string }[] = await em.execute(
      `select u.id, u.status
       from role_assignments a join roles r on r.id = a.role_id join users u on u.id = a.holder_id
       where a.holder_kind = 'user' and r.name = ?`,
      [ADMIN_ROLE],
    );
    if (!admins.some(({ id }) => id === userId)) return;
    const others = admins.filter(({ id, status }) => id !== userId && status === 'active');
    const ids = others.map(({ id }) => id);
    if (!(await this.anyCanSignIn(em, ids))) throw accessErrors.LAST_ADMIN();
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
