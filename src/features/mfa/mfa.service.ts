import type { Caller } from '../../kernel/caller.js';
import { isId } from '../../kernel/id.js';
import type { Lineage } from '../../kernel/lineage.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import type { Attempt } from '../lockout/attempt.js';
import { lockoutStarted } from '../lockout/lockout.contract.js';
import type { LockoutService } from '../lockout/lockout.service.js';
import { User } from '../users/user.entity.js';
import {
  type EnrolledFactor,
  FACTOR_KINDS,
  type FactorAnswer,
  type FactorChallenge,
  type FactorKind,
  type ProofContext,
  type ProvedFactor,
  type SecondFactor,
} from './factor.js';
import { factorAddedMail } from './factor-added.mail.js';
import { factorRemovedMail } from './factor-removed.mail.js';
import type { RecoveryCodeFactor } from './factors/recovery-code/recovery-code.factor.js';
import {
  factorEnrolled,
  factorRefused,
  factorRemoved,
  type FactorRemovedBy,
  mfaErrors,
} from './mfa.contract.js';

/** An answer to a second factor. */
export interface FactorProof {
  readonly kind: FactorKind;
  readonly answer: FactorAnswer;
  readonly context: ProofContext;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly factors: readonly SecondFactor[];
  readonly recoveryCodes: RecoveryCodeFactor;
  readonly challenges: ChallengeService;
  readonly lockout: LockoutService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: {
    /** Answers per account, right or wrong, whatever is proved with them. */
    readonly secondFactor: RateLimiter;
  };
}

/**
 * Owns the second factors of accounts: which there are, and whether somebody proves one. Every proof, of whatever kind
 * and for whatever purpose, is judged here, under one budget and the lockout that passwords share.
 */
export class MfaService {
  constructor(private readonly deps: Deps) {}

  /** The factors of an account, recovery codes not among them unless some are left. */
  async factorsOf(userId: string): Promise<readonly EnrolledFactor[]> {
    return (await this.factorsOfMany([userId])).get(userId) ?? [];
  }

  /** The factors of many accounts, for loaders. */
  async factorsOfMany(userIds: readonly string[]): Promise<ReadonlyMap<string, EnrolledFactor[]>> {
    return await this.read(this.deps.em.fork(), userIds);
  }

  /** What the client needs to prove a factor of that kind. Throws FACTOR_UNAVAILABLE or RATE_LIMITED. */
  async challenge(user: User, kind: FactorKind, context: ProofContext): Promise<FactorChallenge> {
    return await this.factorOf(kind).challenge(user, context);
  }

  /**
   * The factor that an answer proves, and the attempt that it was counted as, for the caller to end as `succeeded`.
   * Throws TOO_MANY_ATTEMPTS, RATE_LIMITED or FACTOR_REFUSED; what was wrong is counted before that.
   */
  async prove(
    caller: Caller,
    user: User,
    { kind, answer, context }: FactorProof,
  ): Promise<{ proved: ProvedFactor; attempt: Attempt }> {
    const factor = this.factorOf(kind);
    const { ip, deviceId } = caller;
    const attempt = await this.deps.lockout.attempt({ account: `user:${user.id}`, ip, deviceId });
    const proved = await this.judge(attempt, async () => {
      // Only now: what the lockout refuses to a stranger must not cost the owner, who is known to it, an answer.
      await this.deps.budgets.secondFactor.consume(keyedFingerprint(this.deps.keyring, 'budget', user.id));
      return await factor.verify(user, answer, context, caller);
    });
    if (proved) return { proved, attempt };
    await this.refuse(caller, attempt, { user, kind });
    throw mfaErrors.FACTOR_REFUSED();
  }

  /**
   * What another factor brings about, within a unit that holds the user and has written it: answers the recovery codes
   * of an account that had no factor before.
   */
  async enrolledWithin(
    unit: Unit,
    caller: Caller,
    { user, factor, lineage }: { user: User; factor: EnrolledFactor; lineage: Lineage },
  ): Promise<readonly string[] | null> {
    const held = await unit.em.findOneOrFail(User, { id: user.id });
    const isFirst = held.factorKinds.length === 0;
    await this.noteKinds(unit, held);
    unit.emit(factorEnrolled, about(caller, held, { kind: factor.kind, factorId: factor.id }));
    this.tell(unit, held, factorAddedMail, factor.kind);
    return isFirst
      ? await this.deps.recoveryCodes.replaceWithin(unit, caller, { user: held, lineage })
      : null;
  }

  /**
   * Takes factors from an account, within a unit that holds the user: those of `ids`, or all. Recovery codes go with the
   * last of the others. Sign-ins that wait for one of them are over. Answers the ids of those that were there.
   */
  async removeWithin(
    unit: Unit,
    caller: Caller,
    { user, ids, by }: { user: User; ids?: readonly string[]; by: FactorRemovedBy },
  ): Promise<string[]> {
    const removed: { kind: FactorKind; factorId: string }[] = [];
    for (const factor of this.deps.factors) {
      const gone = await factor.removeWithin(unit, user.id, ids);
      for (const factorId of gone) removed.push({ kind: factor.kind, factorId });
    }
    if (removed.length === 0) return [];
    await this.noteKinds(unit, user);
    if (user.factorKinds.length === 0) {
      for (const factorId of await this.deps.recoveryCodes.removeWithin(unit, user.id)) {
        removed.push({ kind: 'recovery_code', factorId });
      }
    }
    await this.deps.challenges.revokeWithin(unit, { subject: user.id, purpose: 'login_attempt' });
    for (const payload of removed) unit.emit(factorRemoved, about(caller, user, { ...payload, by }));
    for (const kind of new Set(removed.map((each) => each.kind))) {
      if (kind !== 'recovery_code') this.tell(unit, user, factorRemovedMail, kind);
    }
    return removed.map(({ factorId }) => factorId);
  }

  /** Whether the account has the factor, as the transaction sees it; its recovery codes also when the last is used up. */
  async hasWithin(unit: Unit, userId: string, factorId: string): Promise<boolean> {
    const factors = await this.factorsWithin(unit, userId);
    if (factors.some(({ id }) => id === factorId)) return true;
    return await this.deps.recoveryCodes.hasWithin(unit, userId, factorId);
  }

  /** The factors of an account, as the transaction sees them. */
  async factorsWithin({ em }: Unit, userId: string): Promise<readonly EnrolledFactor[]> {
    return (await this.read(em, [userId])).get(userId) ?? [];
  }

  private factorOf(kind: FactorKind): SecondFactor {
    const factor = this.deps.factors.find((each) => each.kind === kind);
    if (!factor) throw mfaErrors.FACTOR_UNAVAILABLE();
    return factor;
  }

  private async read(em: EntityManager, userIds: readonly string[]): Promise<Map<string, EnrolledFactor[]>> {
    const ids = userIds.filter(isId);
    const lists = await Promise.all(this.deps.factors.map((factor) => factor.listOf(em, ids)));
    return Map.groupBy(lists.flat(), ({ userId }) => userId);
  }

  /** Writes down which kinds the account has, where every request reads it. Recovery codes stand in, and are none. */
  private async noteKinds(unit: Unit, user: User): Promise<void> {
    await unit.em.flush();
    const kinds = new Set<string>();
    for (const factor of this.deps.factors) {
      if (factor.kind === 'recovery_code') continue;
      if ((await factor.listOf(unit.em, [user.id])).length > 0) kinds.add(factor.kind);
    }
    user.factorKinds = FACTOR_KINDS.filter((kind) => kinds.has(kind));
    user.updatedAt = unit.now;
  }

  private async judge<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await attempt.withdrawn();
      throw error;
    }
  }

  /** Committed before the refusal is thrown, so that the refusal cannot undo it. */
  private async refuse(
    caller: Caller,
    attempt: Attempt,
    { user, kind }: { user: User; kind: FactorKind },
  ): Promise<void> {
    const { lockoutStarted: scopes } = await attempt.failed();
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(factorRefused, about(caller, user, { kind }));
      if (scopes.length > 0) emit(lockoutStarted, about(caller, user, { scopes }));
    });
  }

  private tell(unit: Unit, user: User, definition: typeof factorAddedMail, kind: FactorKind): void {
    const { id: userId, email: to, locale } = user;
    const values = { kind, when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition, to, userId, locale, values });
  }
}

function about<Payload>(caller: Caller, { id }: User, payload: Payload) {
  return { caller, subject: { type: 'user', id }, userId: id, payload };
}
