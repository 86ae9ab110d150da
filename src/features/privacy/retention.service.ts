import { systemCaller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { AuthError } from '../../kernel/errors.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Logger } from '../../platform/logger.js';
import type { AuditErasureService } from '../audit/audit-erasure.service.js';
import { User } from '../users/user.entity.js';
import { DELETED_KEPT_DAYS } from '../users/users.contract.js';
import type { ErasureService } from './erasure.service.js';

const BATCH = 20;

interface Deps {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly erasure: ErasureService;
  readonly auditErasure: AuditErasureService;
}

/** Carries out the erasures that nobody asks for: when a retention is over, and once more after each one. */
export class RetentionService {
  constructor(private readonly deps: Deps) {}

  /** Erases the accounts that were deleted a month ago, each in a transaction of its own; answers how many. */
  async eraseDeleted(): Promise<number> {
    const before = addSeconds(this.deps.clock.now(), -DELETED_KEPT_DAYS * 86_400);
    let erased = 0;
    for (let last = ''; ; ) {
      const ids = await this.due(before, last);
      for (const id of ids) erased += (await this.attempt(id, before)) ? 1 : 0;
      last = ids.at(-1) ?? '';
      if (ids.length < BATCH) return erased;
    }
  }

  /** Erases again what requests that were under way have written about people who are gone. */
  async eraseRemains(): Promise<void> {
    const { auditErasure, clock, erasure } = this.deps;
    const now = clock.now();
    for (const userId of await auditErasure.lately()) await erasure.eraseRemains(userId);
    await auditErasure.dropKeys(now);
  }

  private async due(before: Date, after: string): Promise<string[]> {
    const users = await this.deps.em
      .fork()
      .find(
        User,
        { status: 'deleted', deletedAt: { $lt: before }, ...(after === '' ? {} : { id: { $gt: after } }) },
        { orderBy: { id: 'asc' }, limit: BATCH, fields: ['id'] },
      );
    return users.map(({ id }) => id);
  }

  /** One that fails is tried again the next night, and keeps no other from being erased. */
  private async attempt(userId: string, before: Date): Promise<boolean> {
    try {
      await this.deps.erasure.eraseDeleted(systemCaller('erase-deleted-users'), userId, before);
      return true;
    } catch (err) {
      // An admin was faster, and has erased or restored it.
      if (err instanceof AuthError && err.code === 'USER_NOT_FOUND') return false;
      this.deps.logger.error({ err, userId }, 'a deleted account was not erased');
      return false;
    }
  }
}
