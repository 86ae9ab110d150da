import type { Caller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { type Lineage, lineageOf } from '../../kernel/lineage.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { Unit } from '../../platform/database/unit.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import type { LoginAttemptService, OpenAttempt } from './attempts/login-attempt.service.js';
import type { EnrolledFactor, FactorKind, ProvedFactor } from './factor.js';
import type { FactorKindsService } from './factor-kinds.service.js';
import { mfaErrors } from './mfa.contract.js';
import type { MfaService } from './mfa.service.js';

/** Who adds a factor to which account: its owner who is signed in, or somebody whose sign-in waits for an enrolment. */
export interface Enroller {
  readonly user: User;
  /** What the new factor is traced to. */
  readonly lineage: Lineage;
  /** Null for somebody who is signed in. */
  readonly attempt: OpenAttempt | null;
}

interface Deps {
  readonly users: UserService;
  readonly mfa: MfaService;
  readonly loginAttempts: LoginAttemptService;
  readonly keyring: Keyring;
  readonly budgets: {
    /** Answers per account, right or wrong, whatever is proved with them. */
    readonly secondFactor: RateLimiter;
  };
  readonly factorKinds: FactorKindsService;
}

/** Decides who may add a second factor, for every kind of factor the same. */
export class EnrolmentService {
  constructor(private readonly deps: Deps) {}

  /**
   * Throws ATTEMPT_INVALID, UNAUTHENTICATED, STEP_UP_REQUIRED or FACTOR_UNAVAILABLE. An attempt that waits for a second
   * factor enrols none: whoever knows the password alone must not bring a factor of their own (Grav CVE-2026-62232).
   */
  async enrollerOf(caller: Caller, kind: FactorKind, attemptToken: string | null): Promise<Enroller> {
    if (attemptToken === null) return await this.signedIn(caller);
    const attempt = await this.deps.loginAttempts.find(caller, attemptToken);
    const { pending, user } = attempt;
    if (pending.awaits !== 'enrolment' || pending.proved !== null) throw mfaErrors.ATTEMPT_INVALID();
    // Begun before the account had a factor, and still open now that it has one.
    if (this.deps.factorKinds.anyOf(user)) throw mfaErrors.ATTEMPT_INVALID();
    if (!pending.kinds.includes(kind)) throw mfaErrors.FACTOR_UNAVAILABLE();
    const { sessionId, amr } = pending;
    const lineage = { createdBySessionId: sessionId, createdByAcr: 'aal1', createdByAmr: amr };
    return { user, lineage, attempt };
  }

  /** Counts one try at a first code, among all answers that the account gives. Throws RATE_LIMITED. */
  async countTry({ user }: Enroller): Promise<void> {
    const { keyring, budgets } = this.deps;
    await budgets.secondFactor.consume(keyedFingerprint(keyring, 'budget', user.id));
  }

  /**
   * What a confirmed factor brings about, within the unit that confirms it, which holds the user: answers the recovery
   * codes, shown here and never again, when it is the first factor of the account. Throws ATTEMPT_INVALID or
   * STEP_UP_REQUIRED when the account got one meanwhile, which the caller cannot have proved.
   */
  async completeWithin(
    unit: Unit,
    caller: Caller,
    { enroller, factor, amr }: { enroller: Enroller; factor: EnrolledFactor; amr: readonly string[] },
  ): Promise<readonly string[] | null> {
    const { attempt, lineage, user } = enroller;
    const hasFactor = this.deps.factorKinds.anyOf(await unit.em.findOneOrFail(User, { id: user.id }));
    if (attempt !== null && hasFactor) throw mfaErrors.ATTEMPT_INVALID();
    if (hasFactor && !this.deps.factorKinds.anyOf(user)) throw errors.STEP_UP_REQUIRED();
    const codes = await this.deps.mfa.enrolledWithin(unit, caller, { ...enroller, factor });
    if (attempt !== null) {
      const proved: ProvedFactor = { kind: factor.kind, id: factor.id, amr, lineage };
      await this.deps.loginAttempts.proveWithin(unit, caller, attempt, proved);
    }
    return codes;
  }

  private async signedIn({ principal }: Caller): Promise<Enroller> {
    if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
    if (!principal.fresh) throw errors.STEP_UP_REQUIRED();
    return {
      user: await this.deps.users.getById(principal.id),
      lineage: lineageOf(principal),
      attempt: null,
    };
  }
}
