import type { Caller } from '../../kernel/caller.js';
import type { DomainEvent } from '../../kernel/event.js';
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
   * Throws LAST_ADMIN when without this user no active one would hold the role of the system admin. To be called
   * in the transaction that takes the role, or the account, away: until it commits, nobody else gets past here.
   */
  async assertNotLastAdmin({ em }: Unit, userId: string): Promise<void> {
    // Two admins who remove each other: the second waits here, and then finds the first one's work done.
    await em.execute('select from roles where name = ? for no key update', [ADMIN_ROLE]);
    const [{ affected, others } = { affected: false, others: 0 }]: { affected: boolean; others: number }[] =
      await em.execute(
        `select coalesce(bool_or(u.id = ?), false) as affected,
           count(*) filter (where u.id <> ? and u.status = 'active')::int as others
         from role_assignments a join roles r on r.id = a.role_id join users u on u.id = a.holder_id
         where a.holder_kind = 'user' and r.name = ?`,
        [userId, userId, ADMIN_ROLE],
      );
    if (affected && others === 0) throw accessErrors.LAST_ADMIN();
  }

  private async judge({ caller, subject }: DomainEvent, unit: Unit): Promise<void> {
    await this.assertMayManage(unit, caller, subject.id);
  }
}
