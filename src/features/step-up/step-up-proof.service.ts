import { LockMode } from '@mikro-orm/core';
import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Attempt } from '../lockout/attempt.js';
import { lockoutStarted } from '../lockout/lockout.contract.js';
import type { LockoutService } from '../lockout/lockout.service.js';
import type { FactorAnswer, FactorKind, ProofContext, ProvedFactor } from '../mfa/factor.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import { mfaErrors } from '../mfa/mfa.contract.js';
import type { MfaService } from '../mfa/mfa.service.js';
import type { Session } from '../sessions/session.entity.js';
import type { SessionRenewalService } from '../sessions/session-renewal.service.js';
import { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import { reauthenticationRefused, stepUpErrors } from './step-up.contract.js';
import type { StepUpFactsService } from './step-up-facts.service.js';
import { kindsFor, stepUpMethodsOf } from './step-up.policy.js';

/** What somebody says to prove again who they are: the password, or the answer to a second factor. */
export interface StepUpAnswer extends FactorAnswer {
  readonly password?: string | null;
  readonly kind?: FactorKind | null;
}

/** What was proved; nothing has come of it yet. */
export interface StepUpProof {
  readonly asker: UserPrincipal;
  readonly amr: readonly string[];
  /** The second factor; null for a password. */
  readonly factor: ProvedFactor | null;
  /** What it was counted as. */
  readonly attempt: Attempt;
  /** Whether it still counts for the account and the session as they are now, asked within a unit that holds both. */
  stillHolds(unit: Unit, held: User, session: Session): Promise<boolean>;
}

/** What passwords are asked. */
export interface Passwords {
  isSet(user: User): Promise<boolean>;
  isSetByMail(user: User): Promise<boolean>;
  verify(
    user: User,
    password: string,
  ): Promise<{ readonly right: boolean; stillHolds(unit: Unit): Promise<boolean> }>;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly mfa: MfaService;
  readonly factorKinds: FactorKindsService;
  readonly lockout: LockoutService;
  readonly passwords: Passwords;
  readonly stepUpFacts: StepUpFactsService;
  readonly sessionRenewals: SessionRenewalService;
}

/** Judges what somebody who is signed in says to prove again who they are. */
export class StepUpProofService {
  constructor(private readonly deps: Deps) {}

  /**
   * By the counters that sign-in counts by: a stolen session must not be a way to guess more often. Throws
   * STEP_UP_REQUIRED for a password that would not do, FACTOR_UNAVAILABLE for such a factor, INVALID_INPUT unless exactly
   * one of both is given, PROOF_REFUSED, FACTOR_REFUSED, TOO_MANY_ATTEMPTS or RATE_LIMITED.
   */
  async prove(
    caller: Caller,
    asker: UserPrincipal,
    { answer, context }: { answer: StepUpAnswer; context: ProofContext },
  ): Promise<StepUpProof> {
    const password = answer.password ?? null;
    const kind = answer.kind ?? null;
    if ((password === null) === (kind === null)) throw errors.INVALID_INPUT({ details: ONE_PROOF });
    const user = await this.deps.users.getById(asker.id);
    const facts = await this.deps.stepUpFacts.factsOf(asker, user);
    if (password !== null) {
      if (!stepUpMethodsOf(facts).some(({ method }) => method === 'password'))
        throw errors.STEP_UP_REQUIRED();
      return await this.provePassword(caller, asker, { user, password });
    }
    if (kind === null || !kindsFor(facts).includes(kind)) throw mfaErrors.FACTOR_UNAVAILABLE();
    const { proved, attempt } = await this.deps.mfa.prove(caller, user, { kind, answer, context });
    const stillHolds = async (unit: Unit): Promise<boolean> =>
      await this.deps.mfa.hasWithin(unit, user.id, proved.id);
    return { asker, amr: proved.amr, factor: proved, attempt, stillHolds };
  }

  /**
   * Does what was proved for, in one unit that holds the account and the session; then, and only then, the proof counts.
   * Throws STEP_UP_REQUIRED when it does not hold any more, SESSION_EXPIRED, and what `work` throws.
   */
  async use<T>(proof: StepUpProof, work: (unit: Unit, session: Session) => Promise<T>): Promise<T> {
    const { asker, attempt } = proof;
    const done = await orWithdraw(attempt, () =>
      this.deps.unitOfWork.run(async (unit) => {
        const active = { id: asker.id, status: 'active' } as const;
        const held = await unit.em.findOne(User, active, { lockMode: LockMode.PESSIMISTIC_WRITE });
        const session = await this.deps.sessionRenewals.holdWithin(unit, asker);
        if (!held || !(await proof.stillHolds(unit, held, session))) throw errors.STEP_UP_REQUIRED();
        return await work(unit, session);
      }),
    );
    await attempt.succeeded();
    return done;
  }

  private async provePassword(
    caller: Caller,
    asker: UserPrincipal,
    { user, password }: { user: User; password: string },
  ): Promise<StepUpProof> {
    const { ip, deviceId } = caller;
    const attempt = await this.deps.lockout.attempt({ account: `user:${user.id}`, ip, deviceId });
    const verified = await orWithdraw(attempt, () => this.deps.passwords.verify(user, password));
    if (!verified.right) {
      await this.refuse(caller, user, attempt);
      throw stepUpErrors.PROOF_REFUSED();
    }
    return {
      asker,
      amr: ['pwd'],
      factor: null,
      attempt,
      stillHolds: async (unit, held, { secondFactorAt }) =>
        (!this.deps.factorKinds.anyOf(held) || secondFactorAt !== null) && (await verified.stillHolds(unit)),
    };
  }

  /** Committed before the refusal is thrown, so that the refusal cannot undo it. */
  private async refuse(caller: Caller, { id }: User, attempt: Attempt): Promise<void> {
    const { lockoutStarted: scopes } = await attempt.failed();
    const about = { caller, subject: { type: 'user', id }, userId: id };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(reauthenticationRefused, { ...about, payload: {} });
      if (scopes.length > 0) emit(lockoutStarted, { ...about, payload: { scopes } });
    });
  }
}

/** When `work` fails, nothing came of the attempt: a lost database must not count against the account. */
async function orWithdraw<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await attempt.withdrawn();
    throw error;
  }
}

const ONE_PROOF = { reasons: ['Give either the password or the kind of a second factor.'] };
