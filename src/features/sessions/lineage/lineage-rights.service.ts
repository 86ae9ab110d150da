import { type Caller, hasPermission } from '../../../kernel/caller.js';
import { AuthError } from '../../../kernel/errors.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { AccessService } from '../../access/access.service.js';
import type { AccountGuardService } from '../../access/account-guard.service.js';

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
  async mayRemove(unit: Unit, remover: Remover, { userId, permission }: Target): Promise<boolean> {
    if (userId === remover.ownerId) return true;
    const needed = permission ?? 'sessions:revoke';
    return remover.rights === 'owner'
      ? await this.mayOwner(unit, remover.ownerId, { userId, needed })
      : await this.mayCaller(unit, remover.caller, { userId, needed });
  }

  private async mayCaller(
    unit: Unit,
    caller: Caller,
    { userId, needed }: { userId: string | null; needed: string },
  ): Promise<boolean> {
    if (!hasPermission(caller.principal, needed)) return false;
    if (userId === null) return true;
    try {
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'USER_TOO_POWERFUL') return false;
      throw error;
    }
  }

  private async mayOwner(
    unit: Unit,
    ownerId: string,
    { userId, needed }: { userId: string | null; needed: string },
  ): Promise<boolean> {
    const { access } = this.deps;
    const theirs = userId === null ? [] : await access.permissionsWithin(unit, { kind: 'user', id: userId });
    return await access.holdsWithin(unit, { kind: 'user', id: ownerId }, [needed, ...theirs]);
  }
}
