import { type Caller, hasPermission } from '../../../kernel/caller.js';
import { AuthError } from '../../../kernel/errors.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { AccessService } from '../../access/access.service.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';
import type { RoleHolder } from '../../access/role-assignment.entity.js';

/** Who removes what a session planted. */
export interface Remover {
  readonly caller: Caller;
  /** Whose session it was; the caller manages them, or is them. */
  readonly ownerId: string;
  /** Whose rights count: the caller's, or, where a mailed link proved the owner and nobody is signed in, the owner's. */
  readonly rights: 'caller' | 'owner';
}

/** Something in somebody's account, and the permission it takes to remove it from others' than one's own. */
interface Target {
  readonly userId: string | null;
  readonly permission: string | null;
  /** The machine that it is, if it is one: what it may do, its remover must hold. */
  readonly serviceAccountId?: string;
  /** The group whose members have it: what they may do, its remover must hold. */
  readonly groupId?: string;
}

interface Deps {
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
}

/**
 * Decides what of a session's work somebody may undo. In the account that the session belonged to, all of it; what it
 * planted elsewhere only with the rights that planting it took: whoever has lost them must not take back, years later,
 * every role that they once gave.
 */
export class LineageRightsService {
  constructor(private readonly deps: Deps) {}

  /** Asked within the unit that removes it. */
  async mayRemove(unit: Unit, remover: Remover, { permission, ...target }: Target): Promise<boolean> {
    if (target.userId === remover.ownerId) return true;
    const needed = permission ?? 'sessions:revoke';
    const holder = holderOf(target);
    return remover.rights === 'owner'
      ? await this.mayOwner(unit, remover.ownerId, { holder, needed })
      : await this.mayCaller(unit, remover.caller, { holder, needed });
  }

  private async mayCaller(
    unit: Unit,
    caller: Caller,
    { holder, needed }: { holder: RoleHolder | null; needed: string },
  ): Promise<boolean> {
    if (!hasPermission(caller.principal, needed)) return false;
    if (holder === null) return true;
    try {
      await this.deps.accountGuard.assertMayTake(unit, caller, holder);
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'USER_TOO_POWERFUL') return false;
      throw error;
    }
  }

  private async mayOwner(
    unit: Unit,
    ownerId: string,
    { holder, needed }: { holder: RoleHolder | null; needed: string },
  ): Promise<boolean> {
    const { access } = this.deps;
    const theirs = holder === null ? [] : await access.permissionsWithin(unit, holder);
    return await access.holdsWithin(unit, { kind: 'user', id: ownerId }, [needed, ...theirs]);
  }
}

function holderOf({ userId, serviceAccountId, groupId }: Omit<Target, 'permission'>): RoleHolder | null {
  if (userId !== null) return { kind: 'user', id: userId };
  if (groupId !== undefined) return { kind: 'group', id: groupId };
  return serviceAccountId === undefined ? null : { kind: 'service_account', id: serviceAccountId };
}
