import { DeadlockException, LockMode } from '@mikro-orm/core';
import { actsFor, type Caller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { newId } from '../../kernel/id.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { DataSubject } from '../../platform/personal-data.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { AccountGuardService } from '../access/account-guard.service.js';
import type { AuditErasureService } from '../audit/audit-erasure.service.js';
import type { SessionService } from '../sessions/session.service.js';
import { User } from '../users/user.entity.js';
import {
  emailChanged,
  emailVerified,
  userCreated,
  userDeleted,
  userErrors,
  userUpdated,
} from '../users/users.contract.js';
import { dataSubjectOf } from './data-subject.js';
import { type ErasedTable, eraseTables, type PersonalTable, planErasure } from './personal-table.js';
import { privacyErrors, userErased } from './privacy.contract.js';

/** What an erasure did, or would do. */
export interface Erasure {
  readonly userId: string;
  /** Stands in the audit trail as well; null when nothing was erased. */
  readonly receiptId: string | null;
  readonly erasedAt: Date | null;
  readonly tables: readonly ErasedTable[];
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly keyring: Keyring;
  readonly budgets: { readonly erasurePlan: RateLimiter };
  readonly accountGuard: AccountGuardService;
  readonly auditErasure: AuditErasureService;
  readonly sessions: SessionService;
  /** Every table that holds something about people, rows that point at others first. */
  readonly personalTables: readonly PersonalTable[];
}

/** The events whose facts name the addresses and usernames that an account has had. */
const NAMING = [userCreated, userUpdated, emailVerified, emailChanged];

/** Against a request that holds what the erasure wants and wants what it holds. */
const ATTEMPTS = 3;

/**
 * Owns the end of everything that is kept about a person: planned, or carried out in one transaction. What stays
 * tells nothing about them any more.
 */
export class ErasureService {
  constructor(private readonly deps: Deps) {
    deps.auditErasure.onReturn(async (em, userId) => {
      await eraseTables(em, deps.personalTables, { userId, identifiers: [] });
    });
  }

  /** Throws ERASURE_IS_OWN, USER_NOT_FOUND, USER_TOO_POWERFUL or LAST_ADMIN; a dry run as well. */
  async erase(caller: Caller, userId: string, { dryRun }: { dryRun: boolean }): Promise<Erasure> {
    const { principal } = caller;
    // A session that is not fresh must not do here what `eraseMe` does not let it do.
    if (actsFor(principal, userId)) throw privacyErrors.ERASURE_IS_OWN();
    return dryRun ? await this.plan(caller, userId) : await this.carryOut(caller, userId, () => {});
  }

  /** Throws LAST_ADMIN, for a dry run RATE_LIMITED, and ERASURE_NOT_CONFIRMED unless it is a dry run or `confirmation` is their own address. */
  async eraseOwn(caller: Caller, wish: { dryRun: boolean; confirmation: string }): Promise<Erasure> {
    const { principal } = caller;
    if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
    if (wish.dryRun) {
      const { budgets, keyring } = this.deps;
      await budgets.erasurePlan.consume(keyedFingerprint(keyring, 'budget', principal.id));
      return await this.plan(caller, principal.id);
    }
    return await this.carryOut(caller, principal.id, (user) => assertConfirmed(user, wish.confirmation));
  }

  /** Erases an account if it was deleted before `time`, and not restored since. Throws USER_NOT_FOUND otherwise. */
  async eraseDeleted(caller: Caller, userId: string, time: Date): Promise<Erasure> {
    return await this.carryOut(caller, userId, ({ status, deletedAt }) => {
      if (status !== 'deleted' || deletedAt === null || deletedAt >= time) throw userErrors.USER_NOT_FOUND();
    });
  }

  /** Erases again what a request that was under way may have written about somebody who is gone. */
  async eraseRemains(userId: string): Promise<void> {
    await this.deps.unitOfWork.run(async ({ em }) => {
      await eraseTables(em, this.deps.personalTables, { userId, identifiers: [] });
    });
  }

  private async plan(caller: Caller, userId: string): Promise<Erasure> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await unit.em.findOne(User, { id: userId });
      if (!user) throw userErrors.USER_NOT_FOUND();
      await this.assertErasable(unit, caller, user);
      const tables = await planErasure(unit.em, this.deps.personalTables, await this.subject(unit, user));
      return { userId, receiptId: null, erasedAt: null, tables };
    });
  }

  private async carryOut(
    caller: Caller,
    userId: string,
    assertWanted: (user: User) => void,
  ): Promise<Erasure> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.deps.unitOfWork.run(async (unit) => {
          // First of all: whoever adds something to the account waits here, and then finds no account.
          const user = await unit.em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
          if (!user) throw userErrors.USER_NOT_FOUND();
          assertWanted(user);
          await this.assertErasable(unit, caller, user);
          return await this.eraseWithin(unit, caller, user);
        });
      } catch (error) {
        if (!(error instanceof DeadlockException) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** An account that was deleted before cannot be the last one of anything. */
  private async assertErasable(unit: Unit, caller: Caller, { id, status }: User): Promise<void> {
    await this.deps.accountGuard.assertMayManage(unit, caller, id);
    if (status !== 'deleted') await this.deps.accountGuard.assertNotLastAdmin(unit, id);
  }

  private async eraseWithin(unit: Unit, caller: Caller, user: User): Promise<Erasure> {
    const about = { caller, subject: { type: 'user', id: user.id }, userId: user.id };
    const subject = await this.subject(unit, user);
    const { personalTables } = this.deps;
    const tables = await planErasure(unit.em, personalTables, subject);
    if (user.status !== 'deleted') unit.emit(userDeleted, { ...about, payload: { reason: 'erased' } });
    await this.deps.sessions.holdRefreshes(unit, user.id);
    // Sessions end while their rows are there, so that every process hears which.
    await unit.settle();
    await eraseTables(unit.em, personalTables, subject);
    if ((await unit.em.count(User, { id: user.id })) > 0) throw new Error('An account outlived its erasure.');
    await this.deps.auditErasure.forget(unit, subject);
    const receiptId = newId();
    unit.emit(userErased, { ...about, payload: { receipt: receiptId, ...summary(tables) } });
    return { userId: user.id, receiptId, erasedAt: unit.now, tables };
  }

  private async subject({ em }: Unit, user: User): Promise<DataSubject> {
    return await dataSubjectOf(em, user, await this.deps.auditErasure.namesOf(em, user.id, NAMING));
  }
}

function assertConfirmed({ email }: User, confirmation: string): void {
  const typed = confirmation.normalize('NFKC').trim().toLowerCase();
  if (typed !== email) throw privacyErrors.ERASURE_NOT_CONFIRMED();
}

/** What the event tells: which tables lost rows, and how many in all. */
function summary(tables: readonly ErasedTable[]): { tables: string[]; rows: number } {
  const touched = tables.filter(({ action, rows }) => action !== 'kept' && rows > 0);
  return {
    tables: touched.map(({ table }) => table),
    rows: touched.reduce((sum, { rows }) => sum + rows, 0),
  };
}
